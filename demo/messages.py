"""Second half of the story: a campaign at a limited rate, a birthday, a campaign that survives a restart."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from demo.people import Client, Customer
from demo.stage import SHANGHAI, Stage

REACHABLE, WITHOUT_GRANT, WITHOUT_CONSENT = 420, 50, 30
SENDS_PER_SECOND = 60
# Customers joining at the same time.
DOORS = 8
SEND_PATH = "/cgi-bin/message/subscribe/send"
PROMOTION, BIRTHDAY = "TPL_PROMOTION_DEMO", "TPL_BIRTHDAY_DEMO"
TEXTS = {
    "thing1": "冬季会员日",
    "thing2": "全场满100减20",
    "time3": "2026年12月1日 10:00",
    "thing4": "数量有限，先到先得",
}


@dataclass
class Messages:
    """A marketer at the console."""

    stage: Stage
    marketer: Client

    def play(self) -> None:
        """All chapters in order."""
        crowd = self.gather()
        self.send_promotion(crowd)
        self.celebrate()
        self.survive_restart(crowd)

    def gather(self) -> list[Customer]:
        """Five hundred members, most of them reachable."""
        stage, tell = self.stage, self.stage.tell
        tell.chapter("五百位会员", "Five hundred members")
        terms = stage.query("SELECT membership_terms_version FROM programme")
        marketing = {"granted": True, "document_version": stage.query("SELECT marketing_terms_version FROM programme")}

        def arrive(number: int) -> Customer:
            person = stage.customer(f"顾客{number:03d}")
            person.join(terms)
            if number < REACHABLE + WITHOUT_GRANT:
                person.call("PUT", "/me/consents/marketing", marketing)
            return person

        with ThreadPoolExecutor(DOORS) as doors:
            crowd = list(doors.map(arrive, range(REACHABLE + WITHOUT_GRANT + WITHOUT_CONSENT)))
        willing = [person.openid for person in crowd[:REACHABLE]]
        # Each accept is a pop-up event that WeChat pushes to us, signed and encrypted.
        for _ in range(2):
            stage.wechat.do("/grants", {"openids": willing, "template_id": PROMOTION, "silent": False})
            # WeChat's events carry whole seconds: two taps of one person are never in the same one.
            time.sleep(1.1)
        granted = (
            "SELECT coalesce(sum(remaining), 0) FROM subscription_grant JOIN message_template AS template "
            "ON template.id = message_template_id WHERE wechat_template_id = %s"
        )
        stage.wait_for("accepts arrive", lambda: stage.query(granted, PROMOTION) == 2 * REACHABLE)
        tell.check("订阅授权 subscription grants", stage.query(granted, PROMOTION), 2 * REACHABLE)
        return crowd

    def send_promotion(self, crowd: list[Customer]) -> None:
        """Everybody is targeted, the reachable ones get it at the limited rate."""
        stage, tell = self.stage, self.stage.tell
        tell.chapter("限速群发", "A promotion at a limited rate")
        campaign = self._campaign("冬季会员日", scheduled_at=stage.clock.now() + timedelta(seconds=3))
        stage.wechat.do("/rate/reset", {})
        self.marketer.post(f"/campaigns/{campaign}/schedule")
        stage.wait_for("campaign is done", lambda: self._state(campaign) == "done", seconds=180)
        report = self.marketer.get(f"/campaigns/{campaign}/report")
        ours = [person.openid for person in crowd]
        count = (
            "SELECT count(*) FROM delivery JOIN campaign ON campaign.id = campaign_id "
            "JOIN member_identity USING (member_id) WHERE campaign.public_id = %s AND value = ANY(%s) AND "
        )
        tell.check("目标 targeted", stage.query(count + "true", campaign, ours), len(crowd))
        tell.check("已发送 sent", stage.query(count + "delivery.state = 'sent'", campaign, ours), REACHABLE)
        for reason, expected in (("no_grant", WITHOUT_GRANT), ("no_marketing_consent", WITHOUT_CONSENT)):
            found = stage.query(count + f"delivery.reason = '{reason}'", campaign, ours)
            tell.check(f"禁发 suppressed {reason}", found, expected)
        tell.say(f"报告 report: {report}")
        rate = stage.wechat.see("/rate", path=SEND_PATH)
        tell.ensure(
            f"微信侧任意一秒最多 most in any second at WeChat (R = {SENDS_PER_SECOND})",
            0 < rate["max_in_window"] <= SENDS_PER_SECOND,
            rate["max_in_window"],
        )
        twice = stage.wechat.see("/outbox/counts", template_id=PROMOTION, least=2)
        tell.check("收到两次的人 who got it twice", twice["counts"], [])

    def celebrate(self) -> None:
        """The gift comes once a year, however often the tick runs."""
        stage, tell = self.stage, self.stage.tell
        tell.chapter("生日礼遇", "A birthday")
        person = stage.customer("寿星")
        person.join(stage.query("SELECT membership_terms_version FROM programme"))
        marketing = stage.query("SELECT marketing_terms_version FROM programme")
        person.call("PUT", "/me/consents/marketing", {"granted": True, "document_version": marketing})
        stage.wechat.do("/subscribe", {"openid": person.openid, "templates": {BIRTHDAY: "accept"}})
        # Before the clock is turned: an event a day old is refused, as it should be.
        granted = (
            "SELECT coalesce(sum(remaining), 0) FROM subscription_grant JOIN member_identity USING (member_id) "
            "WHERE value = %s"
        )
        stage.wait_for("accept arrives", lambda: stage.query(granted, person.openid) == 1)
        day = (stage.clock.now() + timedelta(days=4)).astimezone(SHANGHAI)
        person.call("PATCH", "/me", {"birthday": {"month": day.month, "day": day.day}})
        tell.say(f"生日在四天后 · Her birthday is in four days: {day:%m-%d}; the gift comes three days before")
        stage.clock.move_to(stage.clock.next_morning())
        for _ in range(3):
            run = stage.flask("jobs", "run", "plan_birthdays")
            tell.ensure(
                "任务再跑一次 the tick runs once more", run.returncode == 0, (run.stdout or run.stderr).strip()[-90:]
            )
        coupons = (
            "SELECT count(*) FROM coupon JOIN member_identity USING (member_id) "
            "WHERE value = %s AND source LIKE 'birthday:%%'"
        )
        tell.check("生日券 birthday coupons", stage.query(coupons, person.openid), 1)
        stage.wait_for("birthday message", lambda: self._inbox(person, BIRTHDAY) >= 1)
        tell.check("生日消息 birthday messages", self._inbox(person, BIRTHDAY), 1)

    def survive_restart(self, crowd: list[Customer]) -> None:
        """Three days ahead, through a restart, and sent when the clock gets there."""
        stage, tell = self.stage, self.stage.tell
        tell.chapter("定时活动与重启", "Scheduled, restarted, still on time")
        # A day has passed since she signed in: staff sign in every day.
        self.marketer = stage.sign_in("marketer")
        # Three days from now is a new business day and week for everybody's caps.
        campaign = self._campaign("三天后的活动", scheduled_at=stage.clock.now() + timedelta(days=3))
        self.marketer.post(f"/campaigns/{campaign}/schedule")
        for name in ("scheduler", "worker", "web"):
            stage.stack.restart(name)
        tell.check("重启之后 after the restart", self._state(campaign), "scheduled")
        stage.clock.move_to(stage.clock.now() + timedelta(days=3, seconds=5))
        tell.say("时钟走到三天后 · The clock gets there")
        stage.wait_for("campaign is done", lambda: self._state(campaign) == "done", seconds=180)
        sent = (
            "SELECT count(*) FROM delivery JOIN campaign ON campaign.id = campaign_id "
            "WHERE campaign.public_id = %s AND delivery.state = 'sent'"
        )
        tell.check("已发送 sent", stage.query(sent, campaign), REACHABLE)
        tell.check("第一位顾客共收到 the first customer has", self._inbox(crowd[0], PROMOTION), 2)

    def _campaign(self, name: str, *, scheduled_at: datetime) -> str:
        template = next(
            item["id"] for item in self.marketer.get("/message-templates")["data"] if item["code"] == "promotion"
        )
        body: dict[str, Any] = {
            "name": name,
            "kind": "one_off",
            "message_template_id": template,
            "field_values": TEXTS,
            "scheduled_at": scheduled_at.isoformat(),
            "sends_per_second": SENDS_PER_SECOND,
        }
        return str(self.marketer.post("/campaigns", body)["id"])

    def _state(self, campaign: str) -> Any:
        return self.stage.query("SELECT state FROM campaign WHERE public_id = %s", campaign)

    def _inbox(self, person: Customer, template: str) -> int:
        return len(self.stage.wechat.see("/outbox", openid=person.openid, template_id=template)["data"])
