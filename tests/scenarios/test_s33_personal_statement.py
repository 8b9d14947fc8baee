"""S33, a personal statement: each member is told what they have, on the last day of every month.

小雨 has 120 points and 老陈 none, both keep their own count. On 30 November at ten the shop tells each of them their points and
tier, and again on 31 December, when 小雨 has earned another 30. 小雨 lives in Tokyo and reads it at ten o'clock there, an hour
earlier. Who has switched such messages off gets none, and nobody gets one twice however often the clock ticks.
"""

from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from app.extensions import db
from app.gateways.wechat import RecordingWeChat
from app.models import Member
from app.services import points
from app.wiring import parts
from jobs.drain_lane import Turn
from jobs.expand_audiences import expand_audiences
from jobs.finish_campaigns import finish_campaigns
from jobs.settle_deliveries import settle_deliveries
from jobs.start_campaigns import start_campaigns
from tests.factories.messages import OpenGate, make_message_template, make_reachable
from tests.scenarios.shop import Shop

SWITCH_OFF = (
    "INSERT INTO message_preference (member_id, topic, channel, is_on, changed_by, changed_at)"
    " VALUES (:member_id, 'points', 'subscribe', false, 'member', now())"
)


def tick(shop: Shop) -> None:
    """What the scheduler and a worker do, twice each."""
    for _ in range(2):
        settle_deliveries(now=shop.clock.now)
        start_campaigns(now=shop.clock.now)
        expand_audiences(now=shop.clock.now)
        for campaign_id in db.session.scalars(text("SELECT id FROM campaign WHERE state = 'running'")).all():
            Turn(campaign_id, is_over=lambda: False).drain()
        finish_campaigns(now=shop.clock.now)


def test_month_by_month(shop: Shop, wechat: RecordingWeChat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts(), "limiter", OpenGate())
    template = make_message_template(topic="points", fields={"thing1": "会员", "number2": "可用积分", "thing3": "等级"})
    xiaoyu, chen, quiet = (make_reachable(template, times=3, nickname=name) for name in ("小雨", "老陈", "安静"))
    xiaoyu.zone = "Asia/Tokyo"
    db.session.execute(text(SWITCH_OFF), {"member_id": quiet.id})
    points.earn(xiaoyu.id, amount=120, source="test:nov", now=shop.clock.now)
    made = shop.console(
        "/campaigns",
        {
            "name": "每月积分账单",
            "kind": "recurring",
            "repeat": {"every": "month", "on": [-1]},
            "send_time": "10:00",
            "is_member_time": True,
            "message_template_id": str(template.public_id),
            "field_values": {"thing1": "{nickname}", "number2": "{points}", "thing3": "{tier}"},
        },
    )
    url = f"/campaigns/{made['id']}"
    shop.console(f"{url}/schedule", {})

    def told(member: Member) -> list[str]:
        return [sent.args["data"]["number2"] for sent in wechat.sent if sent.args["data"]["thing1"] == member.nickname]

    # Four in the morning: ten o'clock where the day begins first. The audience is written down, nothing leaves yet.
    shop.at("2026-11-30 04:00")
    tick(shop)
    assert [told(one) for one in (xiaoyu, chen, quiet)] == [[], [], []]
    shop.at("2026-11-30 09:00")
    tick(shop)
    assert [told(one) for one in (xiaoyu, chen, quiet)] == [["120"], [], []]
    shop.at("2026-11-30 10:00")
    tick(shop)
    assert [told(one) for one in (xiaoyu, chen, quiet)] == [["120"], ["0"], []]

    points.earn(xiaoyu.id, amount=30, source="test:dec", now=shop.at("2026-12-20 12:00"))
    shop.at("2026-12-31 04:00")
    tick(shop)
    shop.at("2026-12-31 10:00")
    tick(shop)
    assert [told(one) for one in (xiaoyu, chen, quiet)] == [["120", "150"], ["0", "0"], []]
    runs = shop.console(f"{url}/runs")["data"]
    assert [(run["occurrence"], run["state"], run["targeted"]) for run in runs] == [
        ("2026-12-31", "done", 3),
        ("2026-11-30", "done", 3),
    ]
    # Ten o'clock of 31 January on the first clocks.
    ahead = datetime.fromisoformat(shop.console(url)["next_run_at"])
    assert ahead == datetime(2027, 1, 30, 20, 0, tzinfo=UTC)
    assert shop.console(f"{url}/report")["suppressed"] == {"switched_off": 2}
