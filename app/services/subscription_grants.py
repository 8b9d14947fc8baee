"""The ledger of one-time permissions: one accept is one message, and WeChat tells nobody what is left (I11).

`remaining` changes only together with an entry, under the grant's row lock: Σ delta = remaining."""

from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import TextClause, select

from app.extensions import db
from app.models import SubscriptionGrant
from app.statements import subscription_grants as ledger

# A client's report and WeChat's event of one tap arrive within this time of each other.
SAME_TAP_WINDOW = timedelta(minutes=5)
# What a client may claim by itself. WeChat caps accumulated accepts at "a few dozen"; 43101 corrects any excess.
MOST_FROM_REPORTS = 30

Witness = Literal["event", "client"]


def accept(member_id: int, template_id: int, *, witness: Witness, source: str, now: datetime) -> bool:
    """Note one tap on "accept" seen by WeChat's event or by the client; True when it added a permission.

    A repeat of `source` adds nothing; neither does the second witness of one tap. `now`: when the witness told of it."""
    return _write(
        ledger.ACCEPT,
        member_id,
        template_id,
        now=now,
        kind=witness,
        other="client" if witness == "event" else "event",
        since=now - SAME_TAP_WINDOW,
        most=MOST_FROM_REPORTS if witness == "client" else None,
        source=source,
    )


def give_back(member_id: int, template_id: int, *, source: str, now: datetime) -> None:
    """Return the permission of a message WeChat certainly did not take. A repeat of `source` does nothing."""
    _write(ledger.BOOK, member_id, template_id, now=now, kind="returned", delta=1, source=source)


def drop(
    member_id: int, template_id: int, *, kind: Literal["refused", "switched_off"], source: str, now: datetime
) -> None:
    """Set to nought: WeChat refused for want of a permission (43101), or the member switched the template off."""
    _write(ledger.BOOK, member_id, template_id, now=now, kind=kind, delta=None, source=source)


def remaining(member_id: int) -> dict[int, int]:
    """Permissions left per message template id; a template nobody accepted is absent."""
    rows = db.session.execute(
        select(SubscriptionGrant.message_template_id, SubscriptionGrant.remaining).where(
            SubscriptionGrant.member_id == member_id
        )
    )
    return dict(rows.all())


def _write(statement: TextClause, member_id: int, template_id: int, *, now: datetime, **bound: Any) -> bool:
    """Write one entry under the grant's lock; True when the remainder changed."""
    grant = {"member_id": member_id, "template_id": template_id, "now": now}
    db.session.flush()  # the statements go past the session: a member just enrolled comes first
    if db.session.execute(ledger.LOCK, grant).first() is None:
        db.session.execute(ledger.OPEN, grant)
        db.session.execute(ledger.LOCK, grant)
    return db.session.execute(statement, {**grant, **bound}).first() is not None
