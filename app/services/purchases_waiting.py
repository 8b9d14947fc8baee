"""Bills of people who are no members yet: they wait, and pay when the phone or the channel's number turns up."""

from datetime import datetime

from app.extensions import db
from app.models import Purchase
from app.services import points, purchases_bills, purchases_refunds
from app.services.purchases_bills import Buyer
from app.statements import purchases as statements

# Bills claimed in one transaction; the tick takes the rest.
CLAIM_AT_ONCE = 50


def find_buyer(buyer: Buyer, *, channel: str) -> int | None:
    """The active member a channel's customer number or a phone names; the number goes first."""
    values = {"channel": channel, "external_id": buyer.external_id, "phone_index": buyer.phone_index}
    member_id: int | None = db.session.scalar(statements.FIND_BUYER, values)
    return member_id


def link(member_id: int, buyer: Buyer, *, channel: str, now: datetime) -> bool:
    """Remember a channel's number as the member's; False when it is somebody's already, or none was told."""
    if buyer.external_id is None:
        return False
    values = {"member_id": member_id, "channel": channel, "external_id": buyer.external_id, "now": now}
    return db.session.scalar(statements.LINK_EXTERNAL, values) is not None


def claim(member_id: int, *, now: datetime) -> int:
    """Give a member the bills that waited for their phone or number, each with the instant it was paid at.

    Returns how many. Bills of more than CLAIM_AT_ONCE are left to the next call.
    """
    points.lock_account(member_id)
    found = db.session.scalars(statements.CLAIMABLE, {"member_id": member_id, "limit": CLAIM_AT_ONCE}).all()
    bills = [db.session.get_one(Purchase, purchase_id, populate_existing=True) for purchase_id in found]
    for purchase in sorted(bills, key=lambda bill: (bill.occurred_at, bill.id)):
        give(purchase, member_id=member_id, now=now)
    return len(bills)


def give(purchase: Purchase, *, member_id: int, now: datetime) -> None:
    """Make a waiting bill the member's and pay it; what was refunded meanwhile is taken back as a later refund would."""
    purchase.member_id, purchase.status = member_id, "paid"
    purchase.buyer_phone_index = purchase.buyer_external_id = None
    db.session.flush()  # the count of purchases and the rules look at the table
    purchases_bills.pay(purchase, purchases_bills.lines_of(purchase.id), member_id=member_id, now=now)
    if purchase.refunded_fen:
        purchases_refunds.take_back(purchase, reversal_source=f"claim:{purchase.id}", now=now)


def list_claimants(*, after_id: int, limit: int) -> list[int]:
    """Members who have waiting bills to claim, by key."""
    return list(db.session.scalars(statements.CLAIMANTS, {"after_id": after_id, "limit": limit}))
