"""Breakers: what the platform refuses for everybody stops at once, for all campaigns of the template or the account.

closed → open: nothing leaves → half_open: one message tries, when its time has come or a person says so → closed, or open."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from sqlalchemy import select

from app.actor import Actor
from app.errors import NotFound
from app.extensions import db
from app.models import SendBreaker
from app.rules.after_send import REFUSALS_BEFORE_PAUSE
from app.services import audit
from app.statements import send_controls as statements

Scope = Literal["template", "account"]

# In a row, over all campaigns of the template: one that is badly written alone is paused long before.
TEMPLATE_REFUSALS: Final = 2 * REFUSALS_BEFORE_PAUSE
# Between two probes (seconds), doubled after each that fails.
FIRST_PROBE_SECONDS: Final = 600
LONGEST_PROBE_SECONDS: Final = 4 * 3600


@dataclass(frozen=True, kw_only=True)
class Breaker:
    """One that is not closed. `key`: the message template's key, or the account as the limiter names it."""

    scope: str
    key: str
    state: str
    errcode: int | None
    reason: str | None
    opened_at: datetime
    probe_at: datetime
    failed_probes: int


def list_open(*, limit: int = 100) -> list[Breaker]:
    """What stands still, and why: for the console and the health page."""
    query = (
        select(SendBreaker)
        .where(SendBreaker.state != "closed")
        .order_by(SendBreaker.scope, SendBreaker.key)
        .limit(limit)
        .execution_options(populate_existing=True)
    )
    return [
        Breaker(
            scope=row.scope,
            key=row.key,
            state=row.state,
            errcode=row.errcode,
            reason=row.reason,
            opened_at=row.opened_at,
            probe_at=row.probe_at,
            failed_probes=row.failed_probes,
        )
        for row in db.session.scalars(query)
        if row.opened_at is not None and row.probe_at is not None
    ]


def open_now(scope: Scope, key: str, *, errcode: int | None, reason: str, now: datetime) -> None:
    """The platform refuses it whoever it is for; a failed probe opens it again for longer."""
    opened = db.session.execute(
        statements.OPEN,
        {
            "scope": scope,
            "key": key,
            "errcode": errcode,
            "reason": reason,
            "now": now,
            "first": FIRST_PROBE_SECONDS,
            "longest": LONGEST_PROBE_SECONDS,
        },
    ).first()
    if opened is not None:
        _note("open", scope, key, actor=Actor.system(), now=now, why=f"{errcode}:{reason}")


def count_refusal(template: str, *, errcode: int | None, reason: str, now: datetime) -> None:
    """One more message of the template refused as written; the fortieth in a row, over all its campaigns, opens it."""
    row = db.session.execute(statements.REFUSE, {"template": template, "errcode": errcode, "reason": reason}).one()
    if row.state == "half_open" or row.refusals >= TEMPLATE_REFUSALS:
        open_now("template", template, errcode=errcode, reason=reason, now=now)


def succeed(*, template: str, account: str) -> None:
    """A message was taken."""
    db.session.execute(statements.SUCCEED, {"template": template, "account": account})


def take_probe(*, template: str, account: str, now: datetime) -> bool:
    """Whether this caller's next message is the one that tries."""
    bound = {"template": template, "account": account, "now": now, "first": FIRST_PROBE_SECONDS}
    return db.session.execute(statements.PROBE, bound).first() is not None


def try_now(scope: Scope, key: str, *, actor: Actor, now: datetime) -> None:
    """A person asks for a probe at once. Errors: NotFound when it is not open."""
    _by_hand("try", scope, key, actor=actor, now=now)


def close(scope: Scope, key: str, *, actor: Actor, now: datetime) -> None:
    """A person says that it is mended. Errors: NotFound when it is not open."""
    _by_hand("close", scope, key, actor=actor, now=now)


def _by_hand(step: Literal["try", "close"], scope: Scope, key: str, *, actor: Actor, now: datetime) -> None:
    statement = statements.TRY_NOW if step == "try" else statements.CLOSE
    if db.session.execute(statement, {"scope": scope, "key": key, "now": now}).first() is None:
        raise NotFound(kind="send_breaker")
    _note(step, scope, key, actor=actor, now=now)


def _note(step: str, scope: Scope, key: str, *, actor: Actor, now: datetime, why: str | None = None) -> None:
    audit.record(
        f"send_breaker.{step}",
        actor=actor,
        object_kind="message_template" if scope == "template" else "send_account",
        object_id=int(key) if scope == "template" else None,
        details={"scope": scope, "key": key} | ({} if why is None else {"why": why}),
        now=now,
    )
