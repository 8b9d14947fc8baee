"""`flask jobs …`: the timetable, its diary, and a tick by hand."""

import json
import sys
from datetime import datetime
from typing import Any

import click
from flask import current_app
from flask.cli import AppGroup

from app import clock
from app.gateways import leader_lock
from app.services import job_runs, operations
from app.services.operations import JobState

jobs_group = AppGroup("jobs", help="Ticks of the scheduler: list, run one, read the diary.")


@jobs_group.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON document instead of lines.")
def list_command(as_json: bool) -> None:
    """The timetable: last run, how long ago, failures of the last 24 hours; and who leads."""
    from jobs.scheduler import DEFAULT_TICK_SECONDS, TIMETABLE

    now = clock.utc_now()
    state = operations.find_state(lock_id=leader_lock.lock_id("scheduler"), now=now)
    known = {job.job: job for job in state.jobs} if state else {}
    rows = []
    for tick in TIMETABLE:
        name = tick.job.__name__
        every = f"at {tick.daily_at}" if tick.daily_at else f"{tick.seconds or DEFAULT_TICK_SECONDS:g} s"
        rows.append(_row(name, every=every, job=known.get(name), now=now))
    if as_json:
        click.echo(json.dumps({"leader": state.leader if state else None, "jobs": rows}, ensure_ascii=False))
        return
    click.echo(f"leader: {state.leader if state and state.leader else '–'}")
    for row in rows:
        seen = "–" if row["last_at"] is None else f"{row['last_at']} {'ok' if row['ok'] else 'failed'}"
        lag = "" if row["lag_seconds"] is None else f"{row['lag_seconds']} s ago"
        failures = f"{row['failures']} failed" if row["failures"] else ""
        click.echo(f"{row['job']:28} {row['every']:>8}  {seen:28} {lag:>12}  {failures}".rstrip())


def _row(name: str, *, every: str, job: JobState | None, now: datetime) -> dict[str, Any]:
    return {
        "job": name,
        "every": every,
        "last_at": None if job is None else f"{job.last_at:%Y-%m-%d %H:%M:%S}Z",
        "ok": None if job is None else job.ok,
        "lag_seconds": None if job is None else int((now - job.last_at).total_seconds()),
        "failures": 0 if job is None else job.failures,
    }


@jobs_group.command("run")
@click.argument("name")
def run_command(name: str) -> None:
    """Run one tick now, whoever leads: every tick may run twice."""
    from flask import Flask

    from jobs import runner
    from jobs.scheduler import TIMETABLE

    job = next((tick.job for tick in TIMETABLE if tick.job.__name__ == name), None)
    if job is None:
        names = ", ".join(tick.job.__name__ for tick in TIMETABLE)
        raise click.BadParameter(f"没有这个任务 no such tick; one of: {names}")
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    ok = runner.run(app, job)
    click.echo("完成 done" if ok else "失败 failed; see the log and `flask jobs runs`")
    sys.exit(0 if ok else 1)


@jobs_group.command("runs")
@click.option("--job", help="Only this tick.")
@click.option("--limit", default=20, show_default=True)
def runs_command(job: str | None, limit: int) -> None:
    """The newest runs."""
    for run in job_runs.list_runs(after=None, limit=limit, job=job).items:
        ended = run.error or run.counts
        click.echo(f"{run.started_at:%Y-%m-%d %H:%M:%S}Z {run.job:20} {'ok' if run.ok else 'FAILED':6} {ended}")
