"""`flask reset-second-step`: for the shop whose only admin lost the phone and the recovery codes."""

import click
from flask.cli import with_appcontext

from app import clock
from app.actor import Actor
from app.errors import NotFound, SecondStepOff
from app.services import second_steps, staff
from app.transaction import transaction


@click.command("reset-second-step")
@click.argument("login")
@with_appcontext
def reset_second_step_command(login: str) -> None:
    """Take the second step off LOGIN and end their sign-ins. An admin does the same for others at the console."""
    try:
        with transaction():
            second_steps.reset(staff.get_by_login(login.strip().lower()), actor=Actor.system(), now=clock.utc_now())
    except NotFound:
        raise click.ClickException(f"没有这个账号 There is nobody with the login {login!r}.") from None
    except SecondStepOff:
        raise click.ClickException(f"该账号未设置两步验证 {login!r} has no second step.") from None
    click.echo(f"已重置 Reset: {login}")
