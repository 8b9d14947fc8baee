"""S20, lifecycle: each member's stage of life, and a tactic of its own for those who are slipping away.

老陈 buys six times within a month and is loyal; 小雨 joins and is new. Then 老陈 stays away. After two months he is at risk, and
the coupon centre shows him ¥10 off ¥50 that nobody else sees, printed for whoever is at risk that day. He does not look. After
four months he has lapsed: ¥20 off ¥50 is put into his wallet. That brings him back. He is won back, the shop can say why, and
what was for those at risk is not his any more.
"""

from datetime import datetime
from typing import Any

from jobs.advance_issue_runs import advance_issue_runs
from jobs.fill_segment_lists import fill_segment_lists
from jobs.refresh_figures import refresh_figures
from tests.factories.coupons import make_template
from tests.scenarios.shop import Customer, Shop

MISSED, WANTED = "想念您 满50减10", "回来吧 满50减20"


def night(shop: Shop, local: str) -> datetime:
    """The clock moves on, and the night's work is done."""
    now = shop.at(local)
    refresh_figures(now=now)
    fill_segment_lists(now=now)
    advance_issue_runs(now=now)
    return now


def segment(shop: Shop, stage: str) -> str:
    told = shop.console("/segments", {"name": f"阶段 {stage}", "rule": {"is": "lifecycle", "any_of": [stage]}})
    return str(told["id"])


def batch(shop: Shop, name: str, *, how: str, value_fen: int, **said: Any) -> str:
    terms = make_template(name=name, value_fen=value_fen, min_spend_fen=5_000, now=shop.clock.now)
    told = shop.console(
        "/coupon-batches",
        {
            "template_id": str(terms.public_id),
            "name": name,
            "how": how,
            "stock": 50,
            "budget_fen": 50 * value_fen,
            "per_member_limit": 1,
            "claim_starts_at": shop.clock.now.isoformat(),
            "claim_ends_at": "2027-12-20T00:00:00+08:00",
            **said,
        },
    )
    return str(told["id"])


def explained(shop: Shop, segment_id: str, customer: Customer) -> tuple[bool, str]:
    told = shop.console(f"/segments/{segment_id}/members/{customer.member.public_id}")
    return told["is_in"], told["lines"][0]["words"]["zh"]


def names(customer: Customer, path: str = "/coupons") -> list[str]:
    return [coupon["name"] for coupon in customer.reads(path)["data"]]


def test_each_stage_has_its_own_tactic(shop: Shop) -> None:
    chen = shop.customer("老陈")
    for day in ("11-20", "11-25", "11-30", "12-05", "12-10", "12-15"):
        shop.at(f"2026-{day} 12:00")
        shop.sells(chen, bill_fen=6_000)
    xiaoyu = shop.customer("小雨")
    stages = {stage: segment(shop, stage) for stage in ("new", "loyal", "at_risk", "lapsed", "won_back")}
    night(shop, "2026-12-16 03:00")
    assert explained(shop, stages["loyal"], chen) == (True, "生命周期：忠诚")
    assert explained(shop, stages["new"], xiaoyu)[0]

    # Two months without him.
    shop.at("2027-02-10 12:00")
    shop.sells(xiaoyu, bill_fen=6_000)
    batch(shop, MISSED, how="claim", value_fen=1_000, segment_id=stages["at_risk"])
    night(shop, "2027-02-13 03:00")
    assert names(chen, "/coupon-batches") == []
    night(shop, "2027-02-14 03:00")
    assert [names(one, "/coupon-batches") for one in (chen, xiaoyu)] == [[MISSED], []]

    # Four months.
    night(shop, "2027-04-15 03:00")
    assert shop.console(f"/segments/{stages['lapsed']}/count") == {"members": 1}
    wanted = batch(shop, WANTED, how="issue", value_fen=2_000)
    seen = {"audience": "segment", "segment_id": stages["lapsed"]}
    assert shop.console(f"/coupon-batches/{wanted}/issue-runs/preview", seen)["would_get"] == 1
    begun = shop.console(f"/coupon-batches/{wanted}/issue-runs", {**seen, "note": "请老顾客回来"})
    assert (begun["total"], begun["segment_version"]) == (1, 1)
    advance_issue_runs(now=shop.clock.now)
    assert (names(chen), names(xiaoyu)) == ([WANTED], [])

    # He is back, and the shop knows.
    shop.at("2027-04-16 12:00")
    shop.sells(chen, bill_fen=6_000)
    night(shop, "2027-04-17 03:00")
    assert explained(shop, stages["won_back"], chen) == (True, "生命周期：回归")
    assert [explained(shop, stages[stage], chen)[0] for stage in ("lapsed", "at_risk", "loyal")] == [False] * 3
    assert names(chen, "/coupon-batches") == []
