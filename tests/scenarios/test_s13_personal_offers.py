"""S13, personal offers: coupons for members named one by one, and for what somebody likes to buy.

The marketer lists the regulars of the tea bar, 小雨 and 老陈, and prints ¥15 off ¥60 for this list alone: 50 copies, one a
member. 小雨 sees it in the coupon centre and takes it. 王强, who is on no list, does not even see it, and cannot take it by
its address either.

Whoever pays ¥100 or more for tea gets ¥10 off the next tea. 王强 buys tea for ¥120: his comes by itself; for ¥80 of tea and
¥40 of cake it does not.
"""

from app.extensions import db
from app.models import MemberList, MemberListEntry
from jobs.give_owed_coupons import give_owed_coupons
from tests.factories.coupons import make_batch, make_template
from tests.scenarios.shop import Customer, Shop

WANG = "13800138000"


def list_of(shop: Shop, *customers: Customer) -> MemberList:
    regulars = MemberList(name="茶吧常客", created_at=shop.clock.now)
    db.session.add(regulars)
    db.session.flush()
    db.session.add_all(MemberListEntry(list_id=regulars.id, member_id=one.member.id) for one in customers)
    db.session.flush()
    return regulars


def names(customer: Customer, path: str = "/coupons") -> list[str]:
    return [coupon["name"] for coupon in customer.reads(path)["data"]]


def test_an_offer_for_these_members_alone(shop: Shop) -> None:
    xiaoyu, chen, wang = shop.customer(), shop.customer("老陈"), shop.customer("王强")
    terms = make_template(name="常客礼 满60减15", value_fen=1_500, min_spend_fen=6_000, now=shop.clock.now)
    printed = shop.console(
        "/coupon-batches",
        {
            "template_id": str(terms.public_id),
            "name": "茶吧常客礼",
            "how": "claim",
            "stock": 50,
            "budget_fen": 75_000,
            "per_member_limit": 1,
            "member_list_id": str(list_of(shop, xiaoyu, chen).public_id),
            "claim_starts_at": shop.clock.now.isoformat(),
            "claim_ends_at": "2026-12-20T00:00:00+08:00",
        },
    )
    assert [names(one, "/coupon-batches") for one in (xiaoyu, chen, wang)] == [
        ["常客礼 满60减15"],
        ["常客礼 满60减15"],
        [],
    ]
    xiaoyu.does(f"/coupon-batches/{printed['id']}/claims")
    refused = wang.tries(f"/coupon-batches/{printed['id']}/claims")
    assert (refused.status_code, refused.get_json()["error"]["code"]) == (422, "audience_mismatch")
    assert (names(xiaoyu), names(wang)) == (["常客礼 满60减15"], [])


def test_an_offer_for_what_somebody_likes(shop: Shop) -> None:
    wang = shop.customer("王强", phone=WANG)
    terms = make_template(
        name="茶友礼 减10", value_fen=1_000, min_spend_fen=1_000, categories=["茶"], now=shop.clock.now
    )
    batch = make_batch(terms, how="issue", per_member_limit=9, now=shop.clock.now)
    shop.console(
        "/coupon-automations",
        {
            "name": "买茶送茶券",
            "event": "purchase",
            "batch_id": str(batch.public_id),
            "conditions": {"categories": ["茶"], "min_paid_fen": 10_000},
        },
    )
    shop.clock.move(hours=1)
    shop.webshop("/purchases", shop.order("T-1", phone=WANG, lines=[("t1", "茶", 1, 8_000), ("c1", "糕", 2, 4_000)]))
    give_owed_coupons(now=shop.clock.now)
    assert names(wang) == []
    shop.webshop("/purchases", shop.order("T-2", phone=WANG, lines=[("t1", "茶", 2, 12_000)]))
    give_owed_coupons(now=shop.clock.now)
    assert names(wang) == ["茶友礼 减10"]
