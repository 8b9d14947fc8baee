"""The ledger of one-time permissions: one accept is one message, and WeChat tells nobody what is left (I11).

`remaining` changes only together with an entry, under the grant's row lock: Σ delta = remaining."""

from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased

from app.extensions import db
from app.models import SubscriptionGrant, SubscriptionGrantEntry

# A client's report and WeChat's event of one tap arrive within this time of each other.
SAME_TAP_WINDOW = timedelta(minutes=5)
# What a client may claim by itself. WeChat caps accumulated accepts at "a few dozen"; 43101 corrects any excess.
MOST_FROM_REPORTS = 30

Witness = Literal["event", "client"]


def accept(member_id: int, template_id: int, *, witness: Witness, source: str, now: datetime) -> bool:
    """Note one tap on "accept" seen by WeChat's event or by the client; True when it added a permission.

    A repeat of `source` adds nothing; neither does the second witness of one tap."""
    grant = _locked(member_id, template_id, now=now)
    if _find_entry(member_id, template_id, source) is not None:
        return False
    twin = _find_other_witness(member_id, template_id, witness=witness, now=now)
    too_many = witness == "client" and grant.remaining >= MOST_FROM_REPORTS
    delta = 0 if twin is not None or too_many else 1
    _write(grant, kind=witness, delta=delta, source=source, now=now, matches_id=twin)
    return delta == 1


def give_back(member_id: int, template_id: int, *, source: str, now: datetime) -> None:
    """Return the permission of a message WeChat certainly did not take. A repeat of `source` does nothing."""
    grant = _locked(member_id, template_id, now=now)
    if _find_entry(member_id, template_id, source) is None:
        _write(grant, kind="returned", delta=1, source=source, now=now)


def drop(
    member_id: int, template_id: int, *, kind: Literal["refused", "switched_off"], source: str, now: datetime
) -> None:
    """Set to nought: WeChat refused for want of a permission (43101), or the member switched the template off."""
    grant = _locked(member_id, template_id, now=now)
    if _find_entry(member_id, template_id, source) is None:
        _write(grant, kind=kind, delta=-grant.remaining, source=source, now=now)


def remaining(member_id: int) -> dict[int, int]:
    """Permissions left per message template id; a template nobody accepted is absent."""
    rows = db.session.execute(
        select(SubscriptionGrant.message_template_id, SubscriptionGrant.remaining).where(
            SubscriptionGrant.member_id == member_id
        )
    )
    return dict(rows.all())


def _locked(member_id: int, template_id: int, *, now: datetime) -> SubscriptionGrant:
    values = {"member_id": member_id, "message_template_id": template_id, "remaining": 0, "updated_at": now}
    db.session.execute(insert(SubscriptionGrant).values(values).on_conflict_do_nothing())
    return db.session.scalars(
        select(SubscriptionGrant)
        .where(SubscriptionGrant.member_id == member_id, SubscriptionGrant.message_template_id == template_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def _find_entry(member_id: int, template_id: int, source: str) -> int | None:
    return db.session.scalar(
        select(SubscriptionGrantEntry.id).where(
            SubscriptionGrantEntry.member_id == member_id,
            SubscriptionGrantEntry.message_template_id == template_id,
            SubscriptionGrantEntry.source == source,
        )
    )


def _find_other_witness(member_id: int, template_id: int, *, witness: Witness, now: datetime) -> int | None:
    """The oldest unmatched entry by which the other witness told of an accept just now."""
    second = aliased(SubscriptionGrantEntry)
    return db.session.scalar(
        select(SubscriptionGrantEntry.id)
        .where(
            SubscriptionGrantEntry.member_id == member_id,
            SubscriptionGrantEntry.message_template_id == template_id,
            SubscriptionGrantEntry.kind == ("client" if witness == "event" else "event"),
            SubscriptionGrantEntry.delta == 1,
            SubscriptionGrantEntry.recorded_at >= now - SAME_TAP_WINDOW,
            ~select(second.id).where(second.matches_id == SubscriptionGrantEntry.id).exists(),
        )
        .order_by(SubscriptionGrantEntry.recorded_at, SubscriptionGrantEntry.id)
        .limit(1)
    )


def _write(
    grant: SubscriptionGrant, *, kind: str, delta: int, source: str, now: datetime, matches_id: int | None = None
) -> None:
    db.session.add(
        SubscriptionGrantEntry(
            member_id=grant.member_id,
            message_template_id=grant.message_template_id,
            kind=kind,
            delta=delta,
            source=source,
            matches_id=matches_id,
            recorded_at=now,
        )
    )
    # Flushed so that the next look-up of this source, in the same transaction, sees it.
    db.session.flush()
    if delta:
        db.session.execute(
            update(SubscriptionGrant)
            .where(
                SubscriptionGrant.member_id == grant.member_id,
                SubscriptionGrant.message_template_id == grant.message_template_id,
            )
            .values(remaining=SubscriptionGrant.remaining + delta, updated_at=now)
        )
        db.session.refresh(grant)
