"""A small shop to play with: stores, people, coupons, message templates, a birthday automation, a few members.

Made through the same services a real shop uses. Its presence is told by the first store's code, so a repeat does nothing.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from app.actor import Actor
from app.models import CouponBatch, Store
from app.services import (
    beginnings,
    campaign_states,
    campaigns,
    check_ins,
    coupon_batches,
    coupon_templates,
    earning_rules,
    members,
    message_templates,
    programmes,
    purchases,
    staff,
    stores,
    subscription_scenes,
)
from app.services.member_codes import SealedCode
from app.services.phones import SealedPhone

SHOP = "回头小铺"
STORES = (("HZ001", "一号店 · 西湖"), ("HZ002", "二号店 · 滨江"))
# login, name shown, role, number of stores
PEOPLE = (
    ("admin", "店主 老周", "admin", 0),
    ("manager", "店长 阿芳", "manager", 2),
    ("clerk", "店员 小李", "clerk", 1),
    ("marketer", "运营 小陈", "marketer", 0),
    ("auditor", "审计 老吴", "auditor", 0),
)
# nickname, phone, birthday, yuan spent
MEMBERS = (
    ("陈小雨", "13800138001", (11, 28), 128),
    ("王强", "13800138002", (2, 29), 860),
    ("李静", "13800138003", (12, 1), 1560),
    ("赵敏", "13800138004", (6, 18), 0),
    ("刘洋", "13800138005", (10, 1), 6200),
    ("孙悦", "13800138006", None, 45),
)
# code, event, zh-CN name, English name, terms
RULES: tuple[tuple[str, str, str, str, dict[str, Any]], ...] = (
    (
        "tuesday_double",
        "purchase",
        "周二双倍积分",
        "Double points on Tuesdays",
        {"kind": "multiplier", "factor_bp": 20_000, "weekdays": [2], "group": "season", "cap_per_day": 500},
    ),
    (
        "quiet_hours_triple",
        "purchase",
        "工作日午后三倍积分",
        "Triple points on quiet afternoons",
        {
            "kind": "multiplier",
            "factor_bp": 30_000,
            "weekdays": [1, 2, 3, 4, 5],
            "from_hour": 14,
            "until_hour": 17,
            "group": "season",
            "cap_per_bill": 300,
        },
    ),
    (
        "gold_extra",
        "purchase",
        "金卡及以上积分 1.2 倍",
        "20 % more points from Gold up",
        {"kind": "multiplier", "factor_bp": 12_000, "tiers": ["gold", "diamond"], "group": "tier"},
    ),
    (
        "first_purchase",
        "purchase",
        "首单奖励",
        "First purchase",
        {"kind": "fixed", "amount": 50, "nth_purchase": 1, "pending_days": 7},
    ),
    ("welcome", "joined", "入会礼", "Welcome", {"kind": "fixed", "amount": 20, "expiry": "90D", "cap_per_member": 20}),
    ("phone_proven", "phone_bound", "绑定手机", "Phone added", {"kind": "fixed", "amount": 30}),
    ("anniversary", "anniversary", "入会周年礼", "Anniversary", {"kind": "fixed", "amount": 100}),
)
BIRTHDAY_FIELDS = {"thing1": "活动名称", "date2": "生日日期", "thing3": "礼遇内容", "thing4": "温馨提示"}
PROMOTION_FIELDS = {"thing1": "活动名称", "thing2": "活动内容", "time3": "活动时间", "thing4": "温馨提示"}
DAYS_BEFORE_BIRTHDAY = 3


def seed(
    *,
    password_hash: str,
    seal_phone: Callable[[str], SealedPhone],
    new_code: Callable[[], SealedCode],
    now: datetime,
) -> list[dict[str, str]]:
    """Write the shop unless it is there. Returns who can sign in as [{login, label}]."""
    beginnings.initialise(now=now, name=SHOP)
    logins = [{"login": login, "label": _label(name, role, how_many)} for login, name, role, how_many in PEOPLE]
    if stores.find_by_code(STORES[0][0]) is not None:
        return logins
    places = [stores.create(code=code, name=name, actor=Actor.system(), now=now) for code, name in STORES]
    owner = _people(places, password_hash=password_hash, now=now)
    _messages(_coupons(now=now), owner=owner, now=now)
    _members(places[0], seal_phone=seal_phone, new_code=new_code, now=now)
    # Last: what the members above have follows from the first rules alone, so that it can be told by heart.
    _rules(owner=owner, now=now)
    return logins


def _label(name: str, role: str, how_many: int) -> str:
    """Who it is and, for a counter, the store codes to sign in with."""
    return f"{name} ({' · '.join([role, *(code for code, _ in STORES[:how_many])])})"


def _people(places: list[Store], *, password_hash: str, now: datetime) -> Actor:
    owner = Actor.system()
    for login, name, role, how_many in PEOPLE:
        person = staff.create(
            login=login,
            display_name=name,
            role=role,
            password_hash=password_hash,
            store_ids=[place.public_id for place in places[:how_many]],
            actor=owner,
            now=now,
        ).person
        if role == "admin":
            owner = Actor(kind="staff", id=person.id, role=role)
    return owner


def _coupons(*, now: datetime) -> CouponBatch:
    """A coupon to claim and one for birthdays; returns the birthday batch."""
    printed = (
        ("满50减10元券", 1_000, 5_000, 30, "claim", "会员日 满50减10", 500),
        ("生日礼券 20元", 2_000, 2_000, 45, "birthday", "生日礼券", 10_000),
    )
    batch: CouponBatch | None = None
    for name, value_fen, min_spend_fen, days, how, batch_name, stock in printed:
        template = coupon_templates.create(
            name=name,
            terms={
                "kind": "amount_off",
                "value_fen": value_fen,
                "min_spend_fen": min_spend_fen,
                "valid_days": days,
            },
            actor=Actor.system(),
            now=now,
        )
        batch = coupon_batches.create(
            template_public_id=template.public_id,
            name=batch_name,
            how=how,
            stock=stock,
            budget_fen=stock * value_fen,
            per_member_limit=1 if how == "claim" else 20,
            claim_starts_at=now - timedelta(days=1),
            claim_ends_at=now + timedelta(days=3650 if how == "birthday" else 90),
            actor=Actor.system(),
            now=now,
        )
    assert batch is not None  # noqa: S101 the table above is not empty
    return batch


def _messages(birthday_batch: CouponBatch, *, owner: Actor, now: datetime) -> None:
    birthday = message_templates.create(
        _template("birthday", "TPL_BIRTHDAY_DEMO", "生日礼遇提醒", BIRTHDAY_FIELDS), actor=owner, now=now
    )
    promotion = message_templates.create(
        _template("promotion", "TPL_PROMOTION_DEMO", "优惠活动通知", PROMOTION_FIELDS), actor=owner, now=now
    )
    for scene in ("home", "after_claim", "after_check_in"):
        weights = {birthday.public_id: 20, promotion.public_id: 10}
        subscription_scenes.put(scene, weights, actor=owner, now=now)
    campaign = campaigns.create(
        name="生日礼遇",
        kind="birthday",
        message_template_id=birthday.public_id,
        field_values={
            "thing1": "{nickname}，生日快乐",
            "date2": "{date}",
            "thing3": "{coupon}",
            "thing4": "到店出示会员码即可使用",
        },
        tier_ids=[],
        coupon_batch_id=birthday_batch.public_id,
        scheduled_at=None,
        latest_start_at=None,
        days_before=DAYS_BEFORE_BIRTHDAY,
        sends_per_second=None,
        actor=owner,
        now=now,
    )
    campaign_states.schedule(campaign, actor=owner, now=now)


def _template(topic: str, wechat_template_id: str, title: str, fields: dict[str, str]) -> dict[str, Any]:
    return {
        "code": topic,
        "wechat_template_id": wechat_template_id,
        "title": title,
        "topic": topic,
        "fields": fields,
        "enums": {},
        "page": "pages/home/index",
    }


def _members(
    store: Store,
    *,
    seal_phone: Callable[[str], SealedPhone],
    new_code: Callable[[], SealedCode],
    now: datetime,
) -> None:
    version = programmes.get().membership_terms_version
    for number, (nickname, phone, birthday, yuan) in enumerate(MEMBERS, start=1):
        member = members.enrol(
            channel="counter",
            consent_version=version,
            new_code=new_code,
            now=now,
            phone=seal_phone(phone),
            nickname=nickname,
            store_id=store.id,
        )
        if birthday is not None:
            member.birth_month, member.birth_day = birthday
        check_ins.check_in(member.id, now=now)
        if yuan:
            purchases.record(
                member.id,
                store_id=store.id,
                channel=f"store:{store.id}",
                order_no=f"DEMO-{number:04d}",
                bill_fen=yuan * 100,
                discount_fen=0,
                now=now,
            )


def _rules(*, owner: Actor, now: datetime) -> None:
    for code, event, name, name_en, terms in RULES:
        earning_rules.create(
            code=code, event=event, ledger="points", name=name, name_en=name_en, terms=terms, actor=owner, now=now
        )
