"""`flask jobs …`: the timetable, its diary, and a tick by hand."""

import sys

import click
from flask import current_app
from flask.cli import AppGroup

from app.services import job_runs

jobs_group = AppGroup("jobs", help="Ticks of the scheduler: list, run one, read the diary.")


@jobs_group.command("list")
def list_command() -> None:
    """The timetable, with the last run of each tick."""
    from jobs.scheduler import DEFAULT_TICK_SECONDS, TIMETABLE

    last = {run.job: run for run in job_runs.list_last_runs()}
    for tick in TIMETABLE:
        name = tick.job.__name__
        run = last.get(name)
        when = "–" if run is None else f"{run.started_at:%Y-%m-%d %H:%M:%S}Z {'ok' if run.ok else 'failed'}"
        every = f"at {tick.daily_at}" if tick.daily_at else f"{tick.seconds or DEFAULT_TICK_SECONDS:g} s"
        click.echo(f"{name:24} {every:>8}  {when}")


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
