"""What a channel's refusal teaches about an address: it is not tried again with the next message."""

from datetime import datetime
from typing import Final

from app.rules.after_send import Outcome
from app.services import contacts, official_followers
from app.services.delivery_ways import EMAIL, OFFICIAL, Shown

# Not following any more; not an OpenID of this account.
GONE: Final = frozenset({43004, 40003})


def note(channel: str, shown: Shown, outcome: Outcome, *, member_id: int, oa_app_id: str, now: datetime) -> None:
    """Forget a follower who left, a box that does not exist. Phones stay: numbers come back, and the member uses them."""
    if not outcome.not_sent or outcome.action != "fail_member":
        return
    if channel == OFFICIAL and outcome.errcode in GONE:
        official_followers.forget(shown.address, app_id=oa_app_id)
    elif channel == EMAIL:
        contacts.note_refused(member_id, cipher=shown.sealed, now=now)
