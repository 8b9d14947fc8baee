"""S26, a festival campaign from plan to report.

For the Mid-Autumn Festival of 2027 (15 September) the marketer plans two wordings for the members of the riverside district,
a list of their own, three days ahead at ten; one member in ten stays out, to see what it brings. The manager finds the date
wrong, has it mended and approves. On the 12th it goes out by itself, though two schedulers tick; the list has somebody who
cannot be written to. What came of it adds up, and the campaign waits for the festival of 2028.
"""

import pytest

from app.gateways.wechat import RecordingWeChat
from app.models import Member, MessageTemplate
from app.services import deliveries
from app.wiring import parts
from jobs.drain_lane import Turn
from jobs.expand_audiences import expand_audiences
from jobs.finish_campaigns import finish_campaigns
from jobs.start_campaigns import start_campaigns
from tests.factories.issue_runs import make_list
from tests.factories.members import make_counter_member, make_member
from tests.factories.messages import OpenGate, make_message_template, make_reachable
from tests.scenarios.shop import Shop

MOONCAKES, TEA = "月饼礼盒八折", "赏月茶席八折"


def plan(shop: Shop, template: MessageTemplate, district: list[Member]) -> str:
    """The marketer writes it, the manager mends and approves it; its address."""
    shop.console("/programme", {"has_campaign_review": True}, method="PATCH")
    made = shop.console(
        "/campaigns",
        {
            "name": "中秋 江边片区",
            "kind": "festival",
            "festival": "mid_autumn",
            "days_before": 1,
            "send_time": "10:00",
            "message_template_id": str(template.public_id),
            "field_values": {"thing1": MOONCAKES, "date2": "{date}"},
            "variants": [
                {"code": "A", "share_bp": 5_000},
                {"code": "B", "share_bp": 5_000, "field_values": {"thing1": TEA}},
            ],
            "member_list_id": str(make_list(district).public_id),
            "holdout_bp": 1_000,
        },
    )
    url = f"/campaigns/{made['id']}"
    assert shop.refused(f"{url}/schedule", None, by="admin")["code"] == "campaign_not_approved"
    shop.console(f"{url}/submit", {}, by="admin")
    shop.console(f"{url}/reject", {"reason": "要提前三天"}, by="manager")
    shop.console(url, {"days_before": 3}, method="PATCH")
    submitted = shop.console(f"{url}/submit", {}, by="admin")
    shop.console(f"{url}/approve", {"submitted_at": submitted["submitted_at"]}, by="manager")
    assert shop.console(f"{url}/schedule", {}, by="admin")["next_run_at"] == "2027-09-12T02:00:00.000+00:00"
    return url


def test_from_plan_to_report(shop: Shop, wechat: RecordingWeChat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts(), "limiter", OpenGate())
    template = make_message_template()
    district = [make_reachable(template) for _ in range(40)]
    district += [make_counter_member(marketing=True), make_member()]
    make_reachable(template)  # of another district
    url = plan(shop, template, district)

    shop.at("2027-09-12 09:59")
    assert start_campaigns(now=shop.clock.now) == {"started": 0, "missed": 0}
    shop.at("2027-09-12 10:00")
    assert [start_campaigns(now=shop.clock.now)["started"] for _ in range(2)] == [1, 0]
    assert [expand_audiences(now=shop.clock.now)["added"] for _ in range(2)] == [42, 0]
    (campaign_id,) = deliveries.list_waiting_campaigns(now=shop.clock.now)
    Turn(campaign_id, is_over=lambda: False).drain()
    finish_campaigns(now=shop.clock.now)

    report = shop.console(f"{url}/report")
    assert report["targeted"] == 42
    assert 0 < report["holdout"] < 15
    assert report["sent"] + report["holdout"] + sum(report["suppressed"].values()) == 42
    assert set(report["suppressed"]) <= {"no_openid", "no_marketing_consent"}
    assert len(wechat.sent) == report["sent"]
    assert {sent.args["data"]["thing1"] for sent in wechat.sent} == {MOONCAKES, TEA}
    (run,) = shop.console(f"{url}/runs")["data"]
    assert (run["occurrence"], run["state"], run["targeted"]) == ("2027-09-15", "done", 42)
    waiting = shop.console(url)
    assert (waiting["state"], waiting["next_run_at"]) == ("running", "2028-09-30T02:00:00.000+00:00")
