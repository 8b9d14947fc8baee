"""Messages that wait for a person: those that failed, and those in doubt. docs/domain/results.md

Retrying what certainly did not leave is safe. What is in doubt is sent again only by a manager's word, with a reason, once."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import TextClause, select

from app.actor import Actor
from app.errors import DeliveryStateConflict, NotFound
from app.extensions import db
from app.models import Campaign, Delivery, Member
from app.services import audit
from app.statements import dead_letters as statements

SUMMARY_LINES: Final = 200
# Messages one call plans anew.
RETRY_AT_ONCE: Final = 1_000


@dataclass(frozen=True, kw_only=True)
class Group:
    """Messages of one campaign that share state, errcode and reason."""

    campaign_id: uuid.UUID
    campaign: str
    campaign_state: str
    state: str
    errcode: int | None
    reason: str | None
    messages: int
    # Of those in doubt: WeChat's event may still tell.
    awaiting_event: int
    oldest_at: datetime | None


@dataclass(frozen=True, slots=True)
class Letter:
    """Whose message of which occurrence."""

    member_id: uuid.UUID
    occurrence: str


def list_groups() -> list[Group]:
    """The largest first, at most SUMMARY_LINES."""
    rows = db.session.execute(statements.SUMMARY, {"limit": SUMMARY_LINES})
    return [Group(**row._mapping) for row in rows]


def retry_all(campaign: Campaign, *, errcode: int | None, actor: Actor, now: datetime) -> int:
    """Plan anew up to RETRY_AT_ONCE messages that failed with this errcode (None: for a reason of ours); how many."""
    _hold(campaign)
    values = {"campaign_id": campaign.id, "errcode": errcode, "now": now, "limit": RETRY_AT_ONCE}
    count = len(db.session.execute(statements.RETRY_ALL, values).all())
    if count:
        _reopen(campaign)
        _note("retry", campaign, {"errcode": errcode, "messages": count}, actor=actor, now=now)
    return count


def retry(campaign: Campaign, letter: Letter, *, actor: Actor, now: datetime) -> None:
    """Plan one failed message anew; permission, consent and caps are looked at when it leaves. Errors: DeliveryStateConflict."""
    _step("retry", statements.RETRY, campaign, letter, actor=actor, now=now, reopens=True)


def resend(campaign: Campaign, letter: Letter, *, reason: str, actor: Actor, now: datetime) -> None:
    """Send a message in doubt again, though it may have arrived: once. Errors: DeliveryStateConflict, also while WeChat's event
    may still tell, and for a message resent before."""
    _step("resend", statements.RESEND, campaign, letter, actor=actor, now=now, reopens=True, reason=reason)


def settle(
    campaign: Campaign,
    letter: Letter,
    *,
    state: Literal["sent", "failed"],
    reason: str,
    actor: Actor,
    now: datetime,
) -> None:
    """Write down what a person found out about a message in doubt. Errors: DeliveryStateConflict."""
    _step("settle", statements.SETTLE, campaign, letter, actor=actor, now=now, state=state, reason=reason)


def _step(
    wanted: str,
    statement: TextClause,
    campaign: Campaign,
    letter: Letter,
    *,
    actor: Actor,
    now: datetime,
    reopens: bool = False,
    **details: Any,
) -> None:
    member_id = db.session.scalar(select(Member.id).where(Member.public_id == letter.member_id))
    if member_id is None:
        raise NotFound(kind="member")
    _hold(campaign)
    key = {"campaign_id": campaign.id, "occurrence": letter.occurrence, "member_id": member_id}
    state = {"state": details["state"]} if "state" in details else {}
    if db.session.execute(statement, {**key, **state, "now": now}).first() is None:
        row = db.session.scalar(select(Delivery.state).filter_by(**key))
        if row is None:
            raise NotFound(kind="delivery")
        raise DeliveryStateConflict(state=row, wanted=wanted)
    if reopens:
        _reopen(campaign)
    told = {"member_id": str(letter.member_id), "occurrence": letter.occurrence, **details}
    _note(wanted, campaign, told, actor=actor, now=now)


def _hold(campaign: Campaign) -> None:
    db.session.execute(statements.HOLD, {"campaign_id": campaign.id})


def _reopen(campaign: Campaign) -> None:
    db.session.execute(statements.REOPEN, {"campaign_id": campaign.id})


def _note(wanted: str, campaign: Campaign, details: dict[str, Any], *, actor: Actor, now: datetime) -> None:
    audit.record(
        f"delivery.{wanted}", actor=actor, object_kind="campaign", object_id=campaign.id, details=details, now=now
    )
