"""`flask init`: the rows no installation can do without. Safe to run again."""

import click
from flask.cli import with_appcontext

from app import clock
from app.services import beginnings
from app.transaction import transaction


@click.command("init")
@with_appcontext
def init_command() -> None:
    """Write the programme's settings and the default ladder unless they are there."""
    with transaction():
        written = beginnings.initialise(now=clock.utc_now())
    click.echo("初始化完成 Initialised." if written else "已初始化 Already initialised.")
