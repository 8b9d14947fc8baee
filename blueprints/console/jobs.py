"""What the clock does: every tick with its newest run and failure, and the diary."""

from typing import Any

from apiflask import APIBlueprint
from flask import render_template, request

from blueprints.console.job_words import COUNTS, JOBS
from blueprints.identity import allow
from blueprints.pages import api
from blueprints.pages.words import Pair

bp = APIBlueprint("jobs", __name__, enable_openapi=False)

READERS = ("admin", "auditor")


@bp.get("/jobs")
@allow(*READERS)
def show_list() -> str:
    """All ticks, by name."""
    found: list[dict[str, Any]] = api.get("/jobs")["data"]
    return render_template("console/jobs.html", jobs=found, names=JOBS, counts=COUNTS)


@bp.get("/jobs/<string:job>")
@allow(*READERS)
def show(job: str) -> str:
    """The diary of one of them, newest first."""
    page = api.get("/job-runs", {"job": job, "cursor": request.args.get("cursor"), "limit": 50})
    return render_template("console/job.html", job=job, page=page, name=JOBS.get(job, Pair(job, job)), counts=COUNTS)
