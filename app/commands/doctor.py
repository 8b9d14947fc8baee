"""`flask doctor [--json]`: is everything there and set up right? Exit code 1 when something needs a hand."""

import json
import sys

import click
import redis
from flask.cli import with_appcontext

from app import clock
from app.database_errors import DATABASE_ERRORS
from app.errors import LoyaltyError
from app.services import diagnosis
from app.services.diagnosis import Diagnosis
from app.wiring import parts


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="One JSON document instead of lines.")
@with_appcontext
def doctor_command(as_json: bool) -> None:
    """Look at PostgreSQL, Redis and WeChat's credentials."""
    checks = [*_database(), _redis(), _wechat()]
    if as_json:
        click.echo(json.dumps([check.__dict__ for check in checks], ensure_ascii=False))
    else:
        for check in checks:
            click.echo(f"{'✓' if check.is_fine else '✗'} {check.name:20} {check.found}")
            if not check.is_fine:
                click.echo(f"    → {check.advice}")
    sys.exit(0 if all(check.is_fine for check in checks) else 1)


def _database() -> list[Diagnosis]:
    try:
        return diagnosis.look(now=clock.utc_now())
    except DATABASE_ERRORS as error:
        advice = "Start PostgreSQL and check DATABASE_URL."
        return [Diagnosis("postgresql", False, type(error).__name__, advice)]


def _redis() -> Diagnosis:
    advice = "Limits fall back to PostgreSQL and lanes wait: start Redis or Valkey and check REDIS_URL."
    try:
        server = parts().redis.info("server")
        # Valkey also names the Redis it is compatible with; its own version is what people look for.
        version = server.get("valkey_version") or server.get("redis_version", "?")
    except redis.RedisError as error:
        return Diagnosis("redis", False, type(error).__name__, advice)
    return Diagnosis("redis", True, str(version))


def _wechat() -> Diagnosis:
    advice = "Check WECHAT_APPID, WECHAT_SECRET, the IP whitelist in WeChat's console, and the network."
    try:
        templates = parts().wechat.list_templates()
    except LoyaltyError as error:
        return Diagnosis("wechat", False, error.code, advice)
    return Diagnosis("wechat", True, f"{len(templates)} message template(s)")
