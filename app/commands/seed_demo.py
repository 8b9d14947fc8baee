"""`flask seed-demo`: a small shop to play with. Refused in production; safe to run again."""

import json
import os
from pathlib import Path

import click
from flask.cli import with_appcontext

from app import clock
from app.services import demonstration, member_codes, passwords, phones
from app.services.phones import SealedPhone
from app.transaction import transaction
from app.wiring import parts

# For a shop on this machine alone: production has no demo data and so no such door.
DEMO_PASSWORD = "huitou-demo-only"  # noqa: S105


@click.command("seed-demo")
@with_appcontext
def seed_demo_command() -> None:
    """Write the demo shop unless it is there, and tell who can sign in."""
    if parts().config.is_production:
        raise click.ClickException("演示数据不用于生产环境 Demo data is not for production.")
    vault = parts().vault

    def seal_phone(text: str) -> SealedPhone:
        return phones.seal(phones.parse(text), vault=vault)

    with transaction():
        logins = demonstration.seed(
            password_hash=passwords.hash_of(DEMO_PASSWORD),
            seal_phone=seal_phone,
            new_code=lambda: member_codes.fresh(vault=vault),
            now=clock.utc_now(),
        )
    people = [{**person, "password": DEMO_PASSWORD} for person in logins]
    target = os.environ.get("HUITOU_DEMO_FILE")
    if target:
        Path(target).write_text(json.dumps(people, ensure_ascii=False), encoding="utf-8")
    for person in people:
        click.echo(f"{person['label']}: {person['login']} / {person['password']}")
