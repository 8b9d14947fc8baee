"""Members with a bit of everything a segment may ask for, at random and near the edges of days; the same for the same seed."""

import random
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select

from app.actor import Actor
from app.clock import business_day_bounds
from app.extensions import db
from app.models import (
    CheckIn,
    Coupon,
    Delivery,
    Member,
    MemberFigure,
    MemberListEntry,
    MemberTag,
    Purchase,
    PurchaseLine,
    PurchaseRefund,
)
from app.models.figure import STAGES
from app.services import coupons, growth, member_lists, points, programmes, redemptions, tags
from tests.factories.coupons import at_counter, make_batch, make_template, open_visit
from tests.factories.members import make_counter_member, make_member
from tests.factories.messages import make_campaign, make_message_template
from tests.factories.staff import make_staff, make_store

CUT_OVER_HOUR = 4


@dataclass
class Vocabulary:
    """What rules over this world may name, what there is none of among it."""

    tags: list[str] = field(default_factory=list)
    stores: list[str] = field(default_factory=list)
    lists: list[str] = field(default_factory=list)
    batches: list[str] = field(default_factory=list)
    templates: list[str] = field(default_factory=list)


def build(*, members: int, seed: int, now: datetime) -> Vocabulary:
    """So many members, made through services where a ledger hangs on it and written down plainly where none does."""
    programmes.get().cut_over_hour = CUT_OVER_HOUR
    world = _World(random.Random(seed), now)
    people = [world.person(number) for number in range(members)]
    for person in people:
        world.fill(person)
    db.session.flush()
    world.use_coupons(people)
    return world.words


class _World:
    def __init__(self, chance: random.Random, now: datetime) -> None:
        self.chance, self.now = chance, now
        self.words = Vocabulary()
        self.stores = [make_store() for _ in range(3)]
        self.tags = [
            tags.create(name, actor=Actor.system(), now=now) for name in ("VIP", "咖啡党", "'; DROP TABLE member; --")
        ]
        self.lists = [member_lists.create(f"list {n}", actor=Actor.system(), now=now) for n in range(2)]
        self.templates = [make_template(min_spend_fen=1, value_fen=1, valid_days=days) for days in (1, 8, 40)]
        self.batches = [
            make_batch(
                template,
                per_member_limit=9,
                starts_at=now - timedelta(days=60),
                ends_at=now + timedelta(days=1),
                now=now,
            )
            for template in self.templates
        ]
        topics = [make_message_template(topic=topic) for topic in ("promotion", "birthday")]
        self.campaigns = [(make_campaign(topic), topic) for topic in topics]
        gone = str(uuid.UUID(int=7))
        self.words.tags = [*(tag.name for tag in self.tags), "nobody's"]
        self.words.stores = [*(store.code for store in self.stores), "nowhere"]
        self.words.lists = [*(str(row.public_id) for row in self.lists), gone]
        self.words.batches = [*(str(row.public_id) for row in self.batches), gone]
        self.words.templates = [*(str(row.public_id) for row in self.templates), gone]

    def instant(self, within_days: int) -> datetime:
        """Some instant of the last days; every other one at the very edge of a day."""
        days = self.chance.randrange(within_days)
        at = self.now - timedelta(days=days, seconds=self.chance.randrange(86_400))
        if self.chance.random() < 0.5:
            programme = programmes.get()
            on = (self.now - timedelta(days=days)).date()
            at, _ = business_day_bounds(on, zone=programme.zone, cut_over_hour=CUT_OVER_HOUR)
            at -= timedelta(seconds=self.chance.choice((0, 1)))
        return min(at, self.now)

    def person(self, number: int) -> Member:
        joined_at = self.instant(400)
        birthday = (self.chance.randint(1, 12), self.chance.randint(1, 28)) if self.chance.random() < 0.6 else None
        if self.chance.random() < 0.3:
            phone = f"1390000{number:04d}"
            store_id = self.chance.choice([None, *(store.id for store in self.stores)])
            person = make_counter_member(phone=phone, store_id=store_id, birthday=birthday, now=joined_at)
        else:
            person = make_member(birthday=birthday, marketing=self.chance.random() < 0.5, now=joined_at)
        person.locale = self.chance.choice(("zh_CN", "en"))
        return person

    def fill(self, person: Member) -> None:
        self._mark(person)
        self._earn(person)
        for number in range(self.chance.choice((0, 0, 1, 2, 5))):
            self._bill(person, number)
        for on in {programmes.business_date(self.instant(40)) for _ in range(self.chance.choice((0, 0, 1, 4)))}:
            db.session.add(CheckIn(member_id=person.id, business_date=on, streak=1, points=1, checked_in_at=self.now))
        for batch in self.batches:
            for _ in range(self.chance.choice((0, 0, 1, 2))):
                at = self.now - timedelta(days=self.chance.randrange(10))
                coupons.claim(person.id, batch_public_id=batch.public_id, now=at)
        for campaign, template in self.campaigns:
            if self.chance.random() < 0.6:
                self._message(person, campaign.id, template.id)

    def _mark(self, person: Member) -> None:
        for tag in self.tags:
            if self.chance.random() < 0.3:
                db.session.add(MemberTag(member_id=person.id, tag_id=tag.id, added_at=self.now))
        for row in self.lists:
            if self.chance.random() < 0.3:
                db.session.add(MemberListEntry(list_id=row.id, member_id=person.id))
        if self.chance.random() < 0.8:
            self._figure(person)

    def _earn(self, person: Member) -> None:
        for number in range(self.chance.choice((0, 1, 2))):
            points.earn(
                person.id,
                amount=self.chance.choice((1, 50, 100)),
                source=f"w:{number}",
                now=self.now - timedelta(days=20),
                expiry=self.chance.choice(("5D", "20D", "21D", "25D", "never")),
            )
        if self.chance.random() < 0.4:
            growth.add(
                person.id, amount=self.chance.choice((10, 600, 3_000)), source="w", now=self.now - timedelta(days=20)
            )

    def _bill(self, person: Member, number: int) -> None:
        store = self.chance.choice([None, *self.stores])
        status = self.chance.choice(("paid", "paid", "paid", "refunded", "voided"))
        lines = [self.chance.choice((100, 900, 5_000)) for _ in range(self.chance.choice((1, 1, 2)))]
        bill_fen = sum(lines)
        refunded = {"refunded": bill_fen, "voided": 0}.get(status, self.chance.choice((0, 0, bill_fen // 2)))
        bill = Purchase(
            member_id=person.id,
            store_id=store.id if store else None,
            channel=f"store:{store.id}" if store else self.chance.choice(("web", "app")),
            order_no=f"{person.id}-{number}",
            bill_fen=bill_fen,
            discount_fen=0,
            refunded_fen=refunded,
            status=status,
            occurred_at=self.instant(130),
        )
        db.session.add(bill)
        db.session.flush()
        if refunded:
            db.session.add(
                PurchaseRefund(
                    purchase_id=bill.id,
                    refund_no="1",
                    amount_fen=refunded,
                    occurred_at=bill.occurred_at,
                    recorded_at=bill.occurred_at,
                )
            )
        for line_no, amount in enumerate(lines, 1):
            db.session.add(
                PurchaseLine(
                    purchase_id=bill.id,
                    line_no=line_no,
                    sku=self.chance.choice(("latte", "cake", "")),
                    category=self.chance.choice(("drink", "food", "")),
                    quantity=1,
                    amount_fen=amount,
                )
            )

    def _message(self, person: Member, campaign_id: int, template_id: int) -> None:
        at = self.instant(30)
        state = self.chance.choice(("sent", "sent", "suppressed", "in_doubt"))
        was_opened = state == "sent" and self.chance.random() < 0.5
        db.session.add(
            Delivery(
                campaign_id=campaign_id,
                occurrence="0",
                member_id=person.id,
                state=state,
                reason="no_grant" if state == "suppressed" else None,
                message_template_id=template_id,
                due_at=at,
                attempts=1,
                awaiting_event=False,
                dispatched_at=None if state == "suppressed" else at,
                finished_at=at,
                link_code=uuid.uuid4().hex if was_opened else None,
                opened_at=min(at + timedelta(hours=self.chance.randrange(60)), self.now) if was_opened else None,
            )
        )

    def _figure(self, person: Member) -> None:
        today = programmes.business_date(self.now)
        score = self.chance.random() < 0.7
        db.session.add(
            MemberFigure(
                member_id=person.id,
                first_purchase_on=today if score else None,
                last_purchase_on=today if score else None,
                purchases=int(score),
                spent_fen=0,
                purchases_year=0,
                spent_year_fen=0,
                recency=self.chance.randint(1, 5) if score else None,
                frequency=self.chance.randint(1, 5) if score else None,
                money=self.chance.randint(1, 5) if score else None,
                stage=self.chance.choice(STAGES),
                stage_since=today,
                computed_on=today,
            )
        )

    def use_coupons(self, people: list[Member]) -> None:
        """Some of what was claimed is used, some of that given back."""
        store = self.stores[0]
        clerk, manager = make_staff(at=[store]), make_staff("manager", at=[store])
        for person in people:
            query = (
                select(Coupon).where(Coupon.member_id == person.id, Coupon.expires_at > self.now).order_by(Coupon.id)
            )
            chosen = [coupon for coupon in db.session.scalars(query) if self.chance.random() < 0.4]
            # A member's bills come one after the other.
            at = self.now - timedelta(days=10)
            for coupon in chosen:
                at = max(at, coupon.issued_at, self.instant(10))
                used = redemptions.redeem(
                    visit_public_id=open_visit(person, clerk=clerk, store=store, now=at).public_id,
                    coupon_public_id=coupon.public_id,
                    bill_fen=1_000,
                    order_no=None,
                    actor=at_counter(clerk, store),
                    now=at,
                )
                if self.chance.random() < 0.3:
                    redemptions.reverse(used.public_id, reason="退货", actor=at_counter(manager, store), now=at)
