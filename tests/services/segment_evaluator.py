"""A segment's rule over members, in plain Python: the second opinion the compiled SQL is held against."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from app.clock import business_date
from app.extensions import db
from app.models import (
    CheckIn,
    Coupon,
    CouponBatch,
    CouponTemplate,
    Delivery,
    Member,
    MemberAccount,
    MemberFigure,
    MemberList,
    MemberListEntry,
    MemberTag,
    MessageTemplate,
    PointsLot,
    Purchase,
    PurchaseLine,
    Redemption,
    Store,
    Tag,
    Tier,
)
from app.services import programmes

ENDLESS = 10**18


class Books:
    """Every row a rule may ask about, read once."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        programme = programmes.get()
        self.zone, self.cut_over = programme.zone, programme.cut_over_hour
        self.today = self.day(now)
        everything = db.session.scalars
        self.members = everything(select(Member).where(Member.status == "active").order_by(Member.id)).all()
        self.accounts = {row.member_id: row for row in everything(select(MemberAccount))}
        self.figures = {row.member_id: row for row in everything(select(MemberFigure))}
        self.stores = {row.id: row.code for row in everything(select(Store))}
        self.tiers = {row.id: row.code for row in everything(select(Tier))}
        self.batches = {row.id: row for row in everything(select(CouponBatch))}
        self.families = {str(row.public_id): row.family_id for row in everything(select(CouponTemplate))}
        self.topics = {row.id: row.topic for row in everything(select(MessageTemplate))}
        self.coupon_of = {row.id: row for row in everything(select(Coupon))}
        names = {row.id: row.name for row in everything(select(Tag))}
        lists = {row.id: str(row.public_id) for row in everything(select(MemberList))}
        self.tags = {(row.member_id, names[row.tag_id]) for row in everything(select(MemberTag))}
        self.listed = {(row.member_id, lists[row.list_id]) for row in everything(select(MemberListEntry))}
        self.bills = self._by_member(everything(select(Purchase)))
        self.check_ins = self._by_member(everything(select(CheckIn)))
        self.coupons = self._by_member(self.coupon_of.values())
        self.uses = self._by_member(everything(select(Redemption)))
        self.messages = self._by_member(everything(select(Delivery)))
        self.lots = self._by_member(everything(select(PointsLot)))
        self.lines: dict[int, list[PurchaseLine]] = defaultdict(list)
        for line in everything(select(PurchaseLine)):
            self.lines[line.purchase_id].append(line)

    def day(self, at: datetime) -> date:
        return business_date(at, zone=self.zone, cut_over_hour=self.cut_over)

    def days_ago(self, at: datetime) -> int:
        return (self.today - self.day(at)).days

    @staticmethod
    def _by_member(rows: Iterable[Any]) -> dict[int, list[Any]]:
        found: dict[int, list[Any]] = defaultdict(list)
        for row in rows:
            found[row.member_id].append(row)
        return found


def ids_in(rule: dict[str, Any], books: Books) -> list[int]:
    """The keys of the members a rule is true of."""
    return [member.id for member in books.members if holds(rule, member, books)]


def holds(rule: dict[str, Any], member: Member, books: Books) -> bool:
    if "all" in rule:
        return all(holds(part, member, books) for part in rule["all"])
    if "any" in rule:
        return any(holds(part, member, books) for part in rule["any"])
    if "not" in rule:
        return not holds(rule["not"], member, books)
    return QUESTIONS[rule["is"]](rule, member, books)


def within(value: int | None, rule: dict[str, Any]) -> bool:
    return value is not None and rule.get("min", 0) <= value <= rule.get("max", ENDLESS)


def as_many(number: int, rule: dict[str, Any]) -> bool:
    return number >= 1 if not {"min", "max"} & rule.keys() else within(number, rule)


def recent(at: datetime | None, rule: dict[str, Any], books: Books) -> bool:
    if at is None or at > books.now:
        return False
    return "days" not in rule or books.days_ago(at) < rule["days"]


def soon(at: datetime | None, rule: dict[str, Any], books: Books) -> bool:
    """Its last day is today or one of the next so many."""
    if at is None or at <= books.now:
        return False
    return bool((books.day(at - timedelta(microseconds=1)) - books.today).days <= rule["days"])


def goods(bill: Purchase, rule: dict[str, Any], books: Books) -> list[PurchaseLine]:
    return [
        line
        for line in books.lines[bill.id]
        if ("categories" not in rule or line.category in rule["categories"])
        and ("skus" not in rule or line.sku in rule["skus"])
    ]


def bills(rule: dict[str, Any], member: Member, books: Books) -> list[Purchase]:
    return [
        bill
        for bill in books.bills[member.id]
        if bill.status == "paid"
        and recent(bill.occurred_at, rule, books)
        and ("stores" not in rule or books.stores.get(bill.store_id) in rule["stores"])
        and ("channels" not in rule or {bill.channel, bill.channel.split(":")[0]} & set(rule["channels"]))
    ]


def names_goods(rule: dict[str, Any]) -> bool:
    return bool({"categories", "skus"} & rule.keys())


def purchases(rule: dict[str, Any], member: Member, books: Books) -> bool:
    found = [bill for bill in bills(rule, member, books) if not names_goods(rule) or goods(bill, rule, books)]
    return as_many(len(found), rule)


def spent(rule: dict[str, Any], member: Member, books: Books) -> bool:
    total = 0
    for bill in bills(rule, member, books):
        paid = bill.bill_fen - bill.discount_fen - bill.refunded_fen
        if names_goods(rule):
            paid = min(paid, sum(line.amount_fen for line in goods(bill, rule, books)))
        total += paid
    return within(total, rule)


def copies(rows: list[Coupon], rule: dict[str, Any], books: Books) -> list[Coupon]:
    families = {books.families.get(one) for one in rule.get("templates", ())}
    return [
        row
        for row in rows
        if ("batches" not in rule or str(books.batches[row.batch_id].public_id) in rule["batches"])
        and ("templates" not in rule or row.family_id in families)
    ]


def held(rule: dict[str, Any], member: Member, books: Books) -> bool:
    live = [row for row in books.coupons[member.id] if row.status == "active" and row.expires_at > books.now]
    if rule["is"] == "coupons_expiring":
        live = [row for row in live if soon(row.expires_at, rule, books)]
    return as_many(len(copies(live, rule, books)), rule)


def redeemed(rule: dict[str, Any], member: Member, books: Books) -> bool:
    used = [row for row in books.uses[member.id] if row.reversed_at is None and recent(row.redeemed_at, rule, books)]
    return as_many(len(copies([books.coupon_of[row.coupon_id] for row in used], rule, books)), rule)


def messages(rule: dict[str, Any], member: Member, books: Books) -> bool:
    found = [
        row
        for row in books.messages[member.id]
        if (rule["is"] == "messages_opened" or row.state == "sent")
        and recent(row.opened_at if rule["is"] == "messages_opened" else row.dispatched_at, rule, books)
        and ("topics" not in rule or books.topics[row.message_template_id] in rule["topics"])
    ]
    return as_many(len(found), rule)


def balance(rule: dict[str, Any], member: Member, books: Books) -> bool:
    gone = sum(lot.remaining for lot in books.lots[member.id] if lot.expires_at and lot.expires_at <= books.now)
    return within(books.accounts[member.id].points_balance - gone, rule)


def points_expiring(rule: dict[str, Any], member: Member, books: Books) -> bool:
    points = sum(lot.remaining for lot in books.lots[member.id] if soon(lot.expires_at, rule, books))
    return as_many(points, rule)


def last_purchase(rule: dict[str, Any], member: Member, books: Books) -> bool:
    at = [
        bill.occurred_at for bill in books.bills[member.id] if bill.status == "paid" and bill.occurred_at <= books.now
    ]
    return within(books.days_ago(max(at)), rule) if at else False


def last_check_in(rule: dict[str, Any], member: Member, books: Books) -> bool:
    days = [row.business_date for row in books.check_ins[member.id] if row.business_date <= books.today]
    return within((books.today - max(days)).days, rule) if days else False


def check_ins(rule: dict[str, Any], member: Member, books: Books) -> bool:
    ago = [(books.today - row.business_date).days for row in books.check_ins[member.id]]
    return as_many(len([days for days in ago if 0 <= days < rule.get("days", ENDLESS)]), rule)


def joined_on(rule: dict[str, Any], member: Member, books: Books) -> bool:
    on = books.day(member.joined_at).isoformat()
    return bool(rule.get("from", "") <= on <= rule.get("until", "9"))


def figure(name: str) -> Callable[[dict[str, Any], Member, Books], bool]:
    return lambda rule, member, books: within(getattr(books.figures.get(member.id), name, None), rule)


def chosen(read: Callable[[Member, Books], Any]) -> Callable[[dict[str, Any], Member, Books], bool]:
    return lambda rule, member, books: bool(read(member, books) in rule["any_of"])


QUESTIONS: dict[str, Callable[[dict[str, Any], Member, Books], bool]] = {
    "joined_on": joined_on,
    "joined_days_ago": lambda rule, member, books: within(books.days_ago(member.joined_at), rule),
    "joined_channel": chosen(lambda member, _: member.joined_channel),
    "joined_store": chosen(lambda member, books: books.stores.get(member.joined_store_id or 0)),
    "birthday_month": chosen(lambda member, _: member.birth_month),
    "birthday_this_month": lambda _, member, books: member.birth_month == books.today.month,
    "has_birthday": lambda _, member, __: member.birth_month is not None,
    "has_phone": lambda _, member, __: member.phone_masked is not None,
    "locale": chosen(lambda member, _: member.locale),
    "marketing_consent": lambda _, member, __: member.marketing_consent,
    "tag": lambda rule, member, books: any((member.id, name) in books.tags for name in rule["any_of"]),
    "member_list": lambda rule, member, books: any((member.id, one) in books.listed for one in rule["any_of"]),
    "tier": chosen(lambda member, books: books.tiers[books.accounts[member.id].tier_id]),
    "points_balance": balance,
    "points_expiring": points_expiring,
    "growth": lambda rule, member, books: within(books.accounts[member.id].growth_value, rule),
    "lifecycle": chosen(lambda member, books: getattr(books.figures.get(member.id), "stage", None)),
    "recency_score": figure("recency"),
    "frequency_score": figure("frequency"),
    "money_score": figure("money"),
    "last_purchase_days_ago": last_purchase,
    "purchases": purchases,
    "spent_fen": spent,
    "last_check_in_days_ago": last_check_in,
    "check_ins": check_ins,
    "coupons_held": held,
    "coupons_expiring": held,
    "coupons_redeemed": redeemed,
    "messages_sent": messages,
    "messages_opened": messages,
}
