"""What the clock did: the runs of every tick."""

from apiflask import APIBlueprint

from app.services import job_runs
from blueprints.identity import allow
from blueprints.paging import decode, page_of
from blueprints.schemas.job_runs import JobOut, JobRunOut, JobRunPage, JobRunQuery, JobsOut

bp = APIBlueprint("job_runs", __name__, tag="operation")


@bp.get("/job-runs")
@bp.input(JobRunQuery, location="query")
@bp.output(JobRunPage)
@allow("auditor", "admin")
def list_runs(query_data: JobRunQuery) -> JobRunPage:
    """Runs of the scheduler's ticks, newest first; a tick that had nothing to do is written once a minute."""
    page = job_runs.list_runs(after=decode(query_data.cursor, int), limit=query_data.limit, job=query_data.job)
    return page_of(JobRunPage, page, JobRunOut.of)


@bp.get("/jobs")
@bp.output(JobsOut)
@allow("auditor", "admin")
def list_jobs() -> JobsOut:
    """Every tick of the scheduler with its newest run and its newest failure."""
    return JobsOut(data=[JobOut.of(job) for job in job_runs.list_jobs()])
