"""A member's timeline, one line per thing that happened."""

from typing import Literal

from app.services.member_timeline import Event
from blueprints.schemas.base import Instant, Out, PageQuery
from blueprints.schemas.points_statement import mask_order

Kind = Literal["purchase", "refund", "points", "coupon", "message", "check_in", "tier", "note", "consent"]


class TimelineQuery(PageQuery):
    """Only one kind, when `kind` is given."""

    kind: Kind | None = None


class EventOut(Out):
    """`amount` is money in fen for purchases, refunds and coupons, and whole points for points and check-ins.

    `count`: the balance after a points entry, the days in a row at a check-in. `reference`: an order number, a campaign, a
    document's version, a check-in's date. `event` is one word of the kind: paid, issued, used, sent, granted…
    """

    at: Instant
    kind: Kind
    event: str
    name: str | None
    name_en: str | None
    amount: int | None
    count: int | None
    reference: str | None
    reason: str | None
    channel: str | None
    store: str | None
    staff: str | None
    note: str | None

    @classmethod
    def of(cls, line: Event) -> "EventOut":
        return cls.model_validate(
            {
                "at": line.at,
                "kind": line.kind,
                "event": line.event,
                "name": line.name,
                "name_en": line.name_en,
                "amount": line.amount,
                "count": line.count,
                "reference": line.reference,
                "reason": line.reason,
                "channel": line.channel,
                "store": line.place,
                "staff": line.person,
                "note": line.words,
            }
        )

    @classmethod
    def masked(cls, line: Event) -> "EventOut":
        """For who need not find the very order."""
        event = cls.of(line)
        if event.kind not in ("purchase", "refund"):
            return event
        return event.model_copy(update={"reference": mask_order(event.reference)})


class TimelinePage(Out):
    data: list[EventOut]
    has_more: bool
    next_cursor: str | None
