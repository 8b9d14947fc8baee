"""Whether an automation's message may still leave: what it speaks of is so, and its topic is not at rest (cool-off).

Asked in the transaction that commits the intent to send, under the delivery's row."""

from datetime import date, datetime
from typing import Any

from app import clock
from app.extensions import db
from app.models.campaign import AUTOMATIONS
from app.services.delivery_sheets import Sheet
from app.statements import topic_touches


def refusal(key: dict[str, Any], *, sheet: Sheet, now: datetime) -> str | None:
    """Why the delivery must not leave; None when it may, and then its topic is at rest from today on.

    `key`: campaign_id, occurrence, member_id."""
    if sheet.kind not in AUTOMATIONS:
        return None
    if _is_over(key, sheet):
        return "no_longer_true"
    if sheet.cool_off_days == 0:
        return None
    values = {**_named(key, sheet), "on": sheet.local_date(now), "cool_off_days": sheet.cool_off_days}
    taken = db.session.execute(topic_touches.TAKE, values).one_or_none()
    return None if taken else "cooling_off"


def give_back(key: dict[str, Any], *, member_id: int, sheet: Sheet) -> None:
    """The message certainly did not arrive: the topic rests as it did before."""
    if sheet.cool_off_days:
        db.session.execute(topic_touches.GIVE_BACK, {**_named(key, sheet), "member_id": member_id})


def merge(from_member_id: int, to_member_id: int) -> None:
    """What either was told counts for the one who stays."""
    db.session.execute(topic_touches.MOVE, {"merged": from_member_id, "kept": to_member_id})


def _named(key: dict[str, Any], sheet: Sheet) -> dict[str, Any]:
    own = {name: key[name] for name in ("member_id", "campaign_id", "occurrence")}
    return {**own, "topic": sheet.topic}


def _is_over(key: dict[str, Any], sheet: Sheet) -> bool:
    what, _, which = key["occurrence"].partition(":")
    if sheet.kind == "lapse" and what == "lapse":
        bounds = clock.business_day_bounds(
            date.fromisoformat(which), zone=sheet.policy.zone, cut_over_hour=sheet.cut_over_hour
        )
        values = {"member_id": key["member_id"], "bought_until": bounds[1]}
        return bool(db.session.scalar(topic_touches.HAS_BOUGHT, values))
    if sheet.kind == "after_purchase" and what == "purchase":
        return not db.session.scalar(topic_touches.IS_PAID, {"bill": which})
    return False
