"""S28, a clear points mechanism: the member reads how points work, and it is what the till does.

The mini-program's page is made from the rules in force. When the shop lets coffee count double on Tuesday afternoons from
next week on, the page says so from that very moment, in Chinese and in English; when the rule stops, so does the sentence.
The same for the settings: points that lived for twelve months now live to the end of the year, and 100 points that were
worth 1 yuan are worth 0.80.
"""

from datetime import timedelta
from typing import Any

from app.actor import Actor
from app.services import earning_rules
from tests.factories.earning import make_rule
from tests.scenarios.shop import Customer, Shop


def sentences(customer: Customer) -> dict[str, tuple[str, str]]:
    """Rule code → the sentence in both languages."""
    page = customer.reads("/points/mechanism")
    return {rule["code"]: (rule["text"], rule["text_en"]) for rule in page["rules"]}


def test_what_a_new_member_reads(shop: Shop) -> None:
    page = shop.customer().reads("/points/mechanism")
    assert [(rule["code"], rule["ledger"], rule["text"]) for rule in page["rules"]] == [
        ("base_growth", "growth", "每消费 1 元得 1 成长值"),
        ("base_points", "points", "每消费 1 元得 1 积分"),
        ("check_in_growth", "growth", "每次签到得 1 成长值"),
    ]
    assert page["check_in"]["points"] == 5
    assert page["check_in"]["sentences"][1]["text"] == "连续签到满 3 天，当天另得 5 积分"
    assert page["check_in"]["sentences"][1]["text_en"] == "5 points more on the day you have checked in 3 days in a row"
    assert page["expiry"]["text"] == "积分自获得起 12 个月内有效，先到期的先用；到期前 30 天提醒"
    assert (page["worth"]["text"], page["worth"]["text_en"]) == ("100 积分值 1 元", "100 points are worth ¥1")
    assert [use["text"] for use in page["worth"]["buys"]] == ["在门店或线上商城付款时抵扣", "补签一天：20 积分"]
    assert "按退款金额占实付的比例收回" in page["refund"]["text"]
    assert "待扣积分" in page["debt"]["text"]


def test_the_page_says_what_the_rules_say_from_that_moment(shop: Shop) -> None:
    customer = shop.customer()
    now = shop.clock.now
    double: dict[str, Any] = {"kind": "multiplier", "factor_bp": 20_000, "categories": ["咖啡"], "weekdays": [2]}
    make_rule(
        "coffee_hours",
        name="咖啡时光",
        now=now,
        starts_at=now + timedelta(days=3),
        ends_at=now + timedelta(days=30),
        from_hour=14,
        until_hour=17,
        stores=[shop.store.code],
        **double,
    )
    assert "coffee_hours" not in sentences(customer)
    shop.clock.move(days=3)
    assert sentences(customer)["coffee_hours"] == (
        "消费积分 2 倍（限江边店，周二，14:00–17:00，限品类：咖啡）",
        "2× points on purchases (at 江边店; Tuesdays; 14:00–17:00; for 咖啡)",
    )
    shop.clock.move(days=27)
    assert "coffee_hours" not in sentences(customer)


def test_a_new_version_changes_the_words_and_the_till_alike(shop: Shop) -> None:
    customer = shop.customer()
    assert sentences(customer)["base_points"][0] == "每消费 1 元得 1 积分"
    assert shop.sells(customer, bill_fen=10_000)["points_earned"] == 100
    earning_rules.new_version(
        "base_points",
        name="消费得积分",
        name_en="Points for purchases",
        terms={"kind": "per_yuan", "rate": 3, "yuan": 2, "cap_per_bill": 200},
        actor=Actor.system(),
        now=shop.clock.now,
    )
    assert sentences(customer)["base_points"] == (
        "每消费 2 元得 3 积分（每笔最多 200）",
        "3 points for every 2 yuan spent (at most 200 a purchase)",
    )
    assert shop.sells(customer, bill_fen=10_000)["points_earned"] == 150
    assert shop.sells(customer, bill_fen=50_000)["points_earned"] == 200
    # The statement names the version that paid each.
    entries = customer.reads("/points/entries")["data"]
    assert [(row["delta"], row["rule"]["version"]) for row in entries] == [(200, 2), (150, 2), (100, 1)]


def test_the_settings_are_told_as_they_are(shop: Shop) -> None:
    customer = shop.customer()
    changes = {
        "points_expiry": "12M@year",
        "fen_per_100_points": 80,
        "check_in_points": 1,
        "streak_bonus": {"14": 50},
        "monthly_bonus": {},
        "makeup_per_month": 0,
        "expiry_notice_days": 0,
    }
    shop.console("/programme", changes, method="PATCH")
    page = customer.reads("/points/mechanism")
    assert page["expiry"]["text"] == "积分自获得起 12 个月，延至当年底，先到期的先用"
    assert page["worth"]["text"] == "100 积分值 0.80 元"
    assert [one["text"] for one in page["check_in"]["sentences"]] == [
        "每天签到得 1 积分",
        "连续签到满 14 天，当天另得 50 积分",
    ]
    assert page["check_in"]["makeup"] is None
    assert len(page["worth"]["buys"]) == 1
    # And it is so: what is earned today lives to the end of next year.
    customer.does("/check-ins")
    assert customer.reads("/points")["next_expiry"] == {"valid_through": "2027-12-31", "points": 1}
