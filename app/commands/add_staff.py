"""`flask add-staff`: lets the first admin in; everybody after that is added at the console."""

import click
from flask.cli import with_appcontext

from app import clock
from app.actor import Actor
from app.errors import Conflict
from app.services import passwords, staff
from app.transaction import transaction

MIN_PASSWORD_LENGTH = 10


@click.command("add-staff")
@click.option("--login", required=True, help="2 to 40 of a-z, 0-9, dot, dash, underscore.")
@click.option("--name", required=True, help="Shown to colleagues and in the audit.")
@click.option("--role", type=click.Choice(staff.ROLES), default="admin", show_default=True)
@click.option("--password", prompt=True, hide_input=True, confirmation_prompt=True, help="Asked for when left out.")
@with_appcontext
def add_staff_command(login: str, name: str, role: str, password: str) -> None:
    """Let a person in. Give the password at the prompt, not on the command line, where others can see it."""
    login = login.strip().lower()
    if not staff.is_login(login):
        raise click.ClickException("登录名不合规 The login must be 2 to 40 of a-z, 0-9, dot, dash, underscore.")
    if len(password) < MIN_PASSWORD_LENGTH:
        raise click.ClickException(f"密码至少 {MIN_PASSWORD_LENGTH} 位 At least {MIN_PASSWORD_LENGTH} characters.")
    hashed = passwords.hash_of(password)
    try:
        with transaction():
            staff.create(
                login=login,
                display_name=name,
                role=role,
                password_hash=hashed,
                actor=Actor.system(),
                now=clock.utc_now(),
            )
    except Conflict:
        raise click.ClickException(f"登录名已存在 There is a person with the login {login!r} already.") from None
    click.echo(f"已添加 Added: {login} ({role})")
