"""A shop with days behind it, through the real services: a bit of everything that leaves rows."""

from collections.abc import Callable
from datetime import timedelta

from app.actor import Actor
from app.gateways import vault as vaults
from app.models import Member, Staff, Store
from app.services import (
    adjustments,
    audit_seals,
    campaign_states,
    check_ins,
    checkouts,
    coupon_codes,
    coupon_transfers,
    growth,
    merges,
    points,
    programmes,
    purchases,
    settlements,
)
from app.services.checkout_bills import RungUp
from app.transaction import transaction
from jobs.expand_audiences import expand_audiences
from jobs.expire_points import expire_points
from jobs.start_campaigns import start_campaigns
from tests.conftest import NOON
from tests.factories.codes import hash_of, make_codes, share
from tests.factories.coupons import at_counter, give_coupon, open_visit
from tests.factories.members import make_counter_member, make_member
from tests.factories.messages import make_campaign, make_message_template, make_reachable
from tests.factories.payers import make_paid_batch, make_payer, undo, use
from tests.factories.staff import make_staff, make_store


def live() -> None:
    """Joining, visits, bills, refunds, coupons, points spent, held and expired, a campaign, corrections, a merge. Commits."""
    with transaction():
        store = make_store()
        manager = make_staff("manager", at=[store])
        older, newer = make_counter_member(phone="13800138000"), make_member(nickname="小雨")
        regular = make_member(nickname="老陈", now=NOON - timedelta(days=20))
    steps: tuple[Callable[[], None], ...] = (
        lambda: bills(newer, store),
        lambda: coupon(newer, manager, store, undone=True),
        lambda: ledger(newer, manager, store),
        lambda: unite(older, newer),
        lambda: bills(regular, store),
        lambda: coupon(regular, manager, store, undone=False),
        lambda: promises(regular, manager, store),
        lambda: codes_and_gifts(regular, older),
        lambda: shared(manager, store),
    )
    for step in steps:
        with transaction():
            step()
    with transaction():
        template = make_message_template()
        make_reachable(template)
        campaign_states.schedule(make_campaign(template), actor=Actor.system(), now=NOON)
    start_campaigns(now=NOON)
    expand_audiences(now=NOON)
    expire_points(now=NOON + timedelta(days=3))
    with transaction():
        audit_seals.seal(now=NOON)


def bills(member: Member, store: Store) -> None:
    """A check-in and two bills, one given back in parts and in the end whole, the other a third of it."""
    check_ins.check_in(member.id, now=NOON)
    first, second = (
        purchases.record(
            member.id, store_id=store.id, channel="till", order_no=f"{member.id}-{number}", bill_fen=30_000, now=NOON
        )
        for number in (1, 2)
    )
    purchases.refund(first.id, amount_fen=10_000, refund_no="a", now=NOON)
    purchases.refund(second.id, amount_fen=10_000, refund_no="a", now=NOON)
    purchases.refund(second.id, now=NOON)


def coupon(member: Member, person: Staff, store: Store, *, undone: bool) -> None:
    """Used on a bill at the counter, of which points paid a part."""
    held, actor = give_coupon(member), at_counter(person, store)
    settled = checkouts.settle(
        open_visit(member, clerk=person, store=store).public_id,
        RungUp(bill_fen=9_000),
        coupon_ids=[held.public_id],
        pay_points=20,
        actor=actor,
        now=NOON,
    )
    if undone:
        checkouts.reverse(settled.public_id, reason="mistake", actor=actor, now=NOON)


def shared(person: Staff, store: Store) -> None:
    """A supplier pays a third of two coupons, one comes back; the day is settled, and the day it came back."""
    payer = make_payer()
    batch = make_paid_batch(payer, share_bp=3_333)
    used = [use(batch, clerk=person, store=store, now=NOON) for _ in range(2)]
    undo(used[0], clerk=person, store=store, now=NOON + timedelta(days=1))
    for day in (0, 1):
        first_on = programmes.business_date(NOON) + timedelta(days=day)
        settlements.close(
            payer.public_id,
            first_on=first_on,
            until_on=first_on + timedelta(days=1),
            actor=Actor.system(),
            now=NOON + timedelta(days=day + 2),
        )


def ledger(member: Member, person: Staff, store: Store) -> None:
    """Spent and undone, held and captured, held and released, corrected by hand."""
    points.spend(member.id, amount=50, source="gift", now=NOON)
    points.reverse(member.id, source="gift", reversal_source="undo", now=NOON)
    for number, is_captured in ((1, True), (2, False)):
        held = points.hold(
            member.id, amount=20, source=f"hold:{number}", expires_at=NOON + timedelta(minutes=5), now=NOON
        )
        if is_captured:
            points.capture(held.public_id, source="bill:9", now=NOON)
        else:
            points.release(held.public_id, now=NOON)
    correct(member, 5, person, store)


def promises(member: Member, person: Staff, store: Store) -> None:
    """Pending, held and short-lived points, a missed day made up for, a tier, a correction that waits."""
    points.earn(member.id, amount=40, source="late", now=NOON, pending_days=7)
    points.earn(member.id, amount=60, source="short", now=NOON, expiry="1D")
    check_ins.make_up(member.id, on=programmes.business_date(NOON) - timedelta(days=2), now=NOON)
    points.hold(member.id, amount=10, source="hold:open", expires_at=NOON + timedelta(days=30), now=NOON)
    growth.add(member.id, amount=1_500, source="earlier", now=NOON)
    correct(member, 100_000, person, store)


def codes_and_gifts(giver: Member, friend: Member) -> None:
    """Codes made, one of them used; a coupon accepted by a friend, another on its way."""
    _, (code, *_) = make_codes()
    coupon_codes.use(giver.id, code_hash=hash_of(code), now=NOON, actor=Actor(kind="member", id=giver.id))
    token, _ = (share(giver, give_coupon(giver, transferable=True).public_id) for _ in range(2))
    coupon_transfers.accept(friend.id, token_hash=vaults.token_hash(token), now=NOON)


def correct(member: Member, amount: int, person: Staff, store: Store) -> None:
    """By hand."""
    adjustments.request(
        member.public_id,
        ledger="points",
        amount=amount,
        reason_code="goodwill",
        reason="waited long",
        actor=at_counter(person, store),
        now=NOON,
    )


def unite(older: Member, newer: Member) -> None:
    """Two become one."""
    merges.lock_accounts(older.id, newer.id)
    locked = merges.lock_members(older.id, newer.id)
    merges.merge(locked[older.id], locked[newer.id], phone=None, reason="phone", actor=Actor.system(), now=NOON)
