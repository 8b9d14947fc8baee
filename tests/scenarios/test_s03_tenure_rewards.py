"""S3, rewards by how long somebody has been a member.

The shop writes two rules: 66 points with every anniversary, which live twelve months as all points do, and 300 more with the
third, which live two years. Nobody has to remember anything: a tick pays.

李静 joins on 29 February 2028. There is no such day in 2029, so her first anniversary is kept on the 28th: 66 points, valid
through 28 February 2030, and the badge 相伴一年. On that very day the next 66 come: 132 for an evening, 66 the next morning.
On 28 February 2031 her third anniversary brings 66 and 300. In 2032 the 29th exists again, and that is her day.

王强 joins on 5 March 2028. On his first anniversary the machine is off, and back four days later: he gets his 66 all the
same, once, and they are valid as if it had been in time. The year after it is off for three weeks: that anniversary is over.
"""

from jobs.award_badges import award_badges
from jobs.expire_points import expire_points
from jobs.grant_anniversaries import grant_anniversaries
from tests.factories.earning import make_rule
from tests.scenarios.shop import Customer, Shop


def tick(shop: Shop, local: str) -> int:
    """What the scheduler does on a day, twice over; how many anniversaries were paid."""
    now = shop.at(local)
    first = grant_anniversaries(now=now)["granted"]
    assert grant_anniversaries(now=now) == {"granted": 0, "failed": 0}
    award_badges(now=now)
    expire_points(now=now)
    return first


def rules(shop: Shop) -> None:
    make_rule("every_year", event="anniversary", kind="fixed", amount=66, now=shop.clock.now)
    make_rule("third_year", event="anniversary", kind="fixed", amount=300, years=[3], expiry="2Y", now=shop.clock.now)


def has_badge(customer: Customer, code: str) -> bool:
    badges = {badge["code"]: badge for badge in customer.reads("/badges")["achievements"]}
    return badges[code]["awarded_at"] is not None


def test_a_leap_day_member_keeps_every_anniversary(shop: Shop) -> None:
    shop.at("2028-02-29 15:00")
    rules(shop)
    lijing = shop.customer("李静")
    assert tick(shop, "2029-02-27 09:00") == 0
    assert not has_badge(lijing, "year_1")
    assert tick(shop, "2029-02-28 09:00") == 1
    assert (lijing.points, has_badge(lijing, "year_1")) == (66, True)
    assert lijing.reads("/points")["next_expiry"] == {"valid_through": "2030-02-28", "points": 66}
    assert tick(shop, "2029-03-01 09:00") == 0

    assert tick(shop, "2030-02-28 09:00") == 1
    assert lijing.points == 132
    assert tick(shop, "2030-03-01 00:05") == 0
    assert lijing.points == 66

    assert tick(shop, "2031-02-28 09:00") == 1
    assert lijing.points == 66 + 66 + 300
    tick(shop, "2031-03-01 09:00")
    assert lijing.points == 66 + 300
    titles = [row["rule"]["code"] for row in lijing.reads("/points/entries")["data"] if row["kind"] == "earn"]
    assert titles == ["third_year", "every_year", "every_year", "every_year"]

    assert tick(shop, "2032-02-28 09:00") == 0
    assert tick(shop, "2032-02-29 09:00") == 1
    # The 66 of 2031 were valid through the 28th; the 300 live one year longer, beside today's 66.
    assert lijing.points == 300 + 66


def test_a_machine_that_was_off_catches_up_within_a_week(shop: Shop) -> None:
    shop.at("2028-03-05 15:00")
    rules(shop)
    wang = shop.customer("王强")
    assert tick(shop, "2029-03-09 09:00") == 1
    assert wang.points == 66
    entry = wang.reads("/points/entries")["data"][0]
    # It counts from the anniversary itself, so being late made the points no younger.
    assert (entry["title"], entry["expires_at"][:16]) == ("规则", "2030-03-05T16:00")
    assert tick(shop, "2030-03-26 09:00") == 0
    assert wang.points == 0
