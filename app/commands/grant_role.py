"""`flask grant-role [ROLE]`: give the application's own database login what it needs, and nothing that rewrites history."""

import click
from flask.cli import with_appcontext
from sqlalchemy.engine import make_url

from app import wiring
from app.errors import InvalidInput
from app.services import database_role

REASONS = {
    "unknown": "没有这个数据库角色 There is no such role: CREATE ROLE {role} LOGIN PASSWORD '…' first.",
    "too_powerful": "角色权限过大 {role} may create roles or databases, replicate or is a superuser: no grant would bind it.",
    "owner": "角色即属主 {role} is a member of the owner of the tables: no grant would bind it.",
}


@click.command("grant-role")
@click.argument("role", required=False)
@with_appcontext
def grant_role_command(role: str | None) -> None:
    """Grant the application's rights to ROLE (default: the user of DATABASE_URL), as the user of DATABASE_OWNER_URL.

    Run it after every `flask db upgrade`. Repeating it changes nothing.
    """
    config = wiring.parts().config
    user, owner = (make_url(url).username for url in (config.database_url, config.owner_url))
    role = role or user
    if role is None or role == owner:
        # One login for everything: allowed (a trial on a given server), and the doctor says what it means.
        click.echo("应用与属主是同一登录 The application runs as the owner of the tables; nothing to grant.")
        return
    try:
        with wiring.owner_engine().begin() as connection:
            database_role.grant(role, owner=connection)
    except InvalidInput as refusal:
        raise click.ClickException(REASONS[refusal.data["reason"]].format(role=role)) from refusal
    click.echo(f"✓ {role}")
