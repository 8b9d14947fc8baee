"""First half of the story: joining, checking in, moving up, claiming, redeeming, undoing."""

from dataclasses import dataclass
from datetime import timedelta

from demo.people import Client, Customer
from demo.stage import Stage

PHONE = "13900001234"
# A little more than one step of the member code.
ONE_STEP = timedelta(seconds=31)
BALANCE = (
    "SELECT points_balance FROM member_account JOIN member_identity USING (member_id) "
    "WHERE kind = 'openid' AND value = %s"
)
TIER = (
    "SELECT tier.code FROM member_account JOIN tier ON tier.id = tier_id "
    "JOIN member_identity USING (member_id) WHERE kind = 'openid' AND value = %s"
)


@dataclass
class Counter:
    """What the chapters hand on to each other."""

    stage: Stage
    clerk: Client
    customer: Customer
    marketer: Client
    before_redeeming: int = 0

    def play(self) -> None:
        """All chapters in order."""
        self.join()
        self.become_one()
        self.check_in()
        self.move_up()
        coupon = self.claim()
        redemption = self.redeem(coupon)
        self.undo(redemption, coupon)

    def join(self) -> None:
        """Sign-up by OpenID."""
        stage, tell = self.stage, self.stage.tell
        tell.chapter("一键入会", "One tap to join")
        terms = stage.query("SELECT membership_terms_version FROM programme")
        refused = Client(self.customer.base_url).call(
            "POST",
            "/sessions",
            {"login_code": stage.wechat.do("/login-code", {"openid": self.customer.openid})["code"]},
        )
        tell.say("没有同意会员协议就不能入会 · Without consent nobody is enrolled")
        tell.check("答复 answer", refused.code, "consent_missing")
        tell.say(f"{self.customer.name} 打开小程序并同意协议 · opens the mini-program and accepts the terms")
        tell.check("是新会员 is new", self.customer.join(terms).json["is_new"], True)
        tell.check("再次登录不再新建 a second sign-in is not", self.customer.join(terms).json["is_new"], False)
        found = stage.query("SELECT count(*) FROM member_identity WHERE value = %s", self.customer.openid)
        tell.check("数据库中的 OpenID rows with this OpenID", found, 1)

    def become_one(self) -> None:
        """A counter-enrolled account and the mini-program's become one."""
        stage, tell = self.stage, self.stage.tell
        tell.chapter("线上线下是同一个人", "One member, online and at the counter")
        terms = stage.query("SELECT membership_terms_version FROM programme")
        self.clerk.post(
            "/members", {"phone": PHONE, "nickname": "小雨", "membership_consent": {"document_version": terms}}
        )
        tell.say("店员凭手机号为她开过会员 · A clerk had enrolled her by phone before")
        before = stage.query("SELECT count(*) FROM member WHERE status = 'active'")
        bound = self.customer.prove_phone(PHONE)
        tell.say("她在小程序里验证同一手机号 · She proves the same phone in the mini-program")
        tell.check("已合并 merged", bound["is_merged"], True)
        tell.check(
            "有效会员减少一位 active members, one less",
            stage.query("SELECT count(*) FROM member WHERE status = 'active'"),
            before - 1,
        )
        tell.check(
            "审计记录 audit rows", stage.query("SELECT count(*) FROM audit_entry WHERE action = 'member.merge'"), 1
        )
        tell.check("手机号只以掩码出现 phone shown masked", bound["member"]["phone_masked"], "139****1234")

    def check_in(self) -> None:
        """Once per business day."""
        tell = self.stage.tell
        tell.chapter("每日签到", "Daily check-in")
        before = self._balance()
        first, second = self.customer.post("/check-ins"), self.customer.post("/check-ins")
        tell.check("第一次 first", (first["is_new"], first["points"]), (True, 5))
        tell.check("第二次只告知 second only tells", (second["is_new"], second["points_balance"]), (False, before + 5))
        tell.check("数据库余额 balance", self._balance(), before + 5)

    def move_up(self) -> None:
        """A bill brings growth, growth brings the next tier and its badge."""
        stage, tell = self.stage, self.stage.tell
        tell.chapter("消费升级", "A bill, and the next tier")
        tell.check("等级 tier before", stage.query(TIER, self.customer.openid), "basic")
        tell.say("运营先试算这笔账单 · The marketer asks beforehand what such a bill would earn")
        expected = self._try_bill(26_800, tier="basic", nth=1)
        visit = self.clerk.post("/visits", {"member_code": self.customer.draw_code()})
        tell.say(f"店员扫码看到 · The clerk sees: {visit['member']['nickname']} {visit['member']['phone_masked']}")
        bill = self.clerk.post("/purchases", {"visit_id": visit["visit_id"], "bill_fen": 26_800, "order_no": "D-1"})
        tell.check("本单积分与试算一致 points earned, as tried", bill["points_earned"], expected)
        tell.check("等级 tier after", stage.query(TIER, self.customer.openid), "silver")
        badge = self.customer.get("/me")["standing"]["tier"]["badge"]
        tell.check("徽章 badge", (badge["name"], badge["svg_url"]), ("银卡会员", "/api/mini/v1/badges/silver.svg"))

    def claim(self) -> str:
        """The limit refuses the second."""
        stage, tell = self.stage, self.stage.tell
        tell.chapter("领券", "Claiming a coupon")
        batch = self.customer.get("/coupon-batches")["data"][0]
        coupon = self.customer.post(f"/coupon-batches/{batch['id']}/claims")
        tell.say(f"{coupon['name']}：{coupon['terms']}")
        again = self.customer.call("POST", f"/coupon-batches/{batch['id']}/claims")
        tell.check("再领一张 a second one", again.code, "claim_limit_reached")
        held = "SELECT count(*) FROM coupon JOIN member_identity USING (member_id) WHERE value = %s"
        tell.check("数据库中的券 coupons held", stage.query(held, self.customer.openid), 1)
        return str(coupon["id"])

    def redeem(self, coupon_id: str) -> str:
        """Scan, redeem; the same code and the same coupon are refused."""
        stage, tell = self.stage, self.stage.tell
        tell.chapter("扫码核销", "Scan and redeem")
        self._next_code()
        stale = self.clerk.call("POST", "/visits", {"member_code": self.customer.draw_screenshot()})
        tell.check("五分钟前的截图 a screenshot of five minutes ago", stale.code, "member_code_expired")
        code = self.customer.draw_code()
        visit = self.clerk.post("/visits", {"member_code": code})
        body = {"visit_id": visit["visit_id"], "coupon_id": coupon_id, "bill_fen": 8_800}
        self.before_redeeming = self._balance()
        expected = self._try_bill(7_800, tier="silver", nth=2)
        done = self.clerk.post("/redemptions", body)
        tell.say("满50减10，账单 88 元 · ten off fifty, on a bill of 88 yuan")
        status = "SELECT status FROM coupon WHERE public_id = %s"
        tell.check("券状态 coupon", stage.query(status, coupon_id), "redeemed")
        tell.check("余额 balance", self._balance(), self.before_redeeming + expected)
        replay = self.clerk.call("POST", "/visits", {"member_code": code})
        tell.check("同一会员码 the same code", replay.code, "member_code_used")
        self._next_code()
        other = self.clerk.post("/visits", {"member_code": self.customer.draw_code()})
        twice = self.clerk.call("POST", "/redemptions", {**body, "visit_id": other["visit_id"]})
        tell.check("同一张券 the same coupon", twice.code, "already_redeemed")
        return str(done["id"])

    def undo(self, redemption_id: str, coupon_id: str) -> None:
        """Coupon, points and growth come back."""
        stage, tell = self.stage, self.stage.tell
        tell.chapter("撤销", "Undo")
        self.clerk.post(f"/redemptions/{redemption_id}/reversal", {"reason": "顾客换了商品"})
        tell.check("券状态 coupon", stage.query("SELECT status FROM coupon WHERE public_id = %s", coupon_id), "active")
        tell.check("余额 balance", self._balance(), self.before_redeeming)
        again = self.clerk.call("POST", f"/redemptions/{redemption_id}/reversal", {"reason": "再来一次"})
        tell.ensure("再撤一次被拒绝 a second undo is refused", again.status == 409, again.code)

    def _balance(self) -> int:
        return int(self.stage.query(BALANCE, self.customer.openid))

    def _try_bill(self, fen: int, *, tier: str, nth: int) -> int:
        """What the rules in force at this hour would pay; weekdays and hours differ, the promise does not."""
        lines = [{"sku": "ANY", "amount_fen": fen}]
        bill = {"lines": lines, "store_code": "HZ001", "tier_code": tier, "nth_purchase": nth}
        verdict = self.marketer.post("/earning-rules/dry-run", bill)
        points = [payment for payment in verdict["payments"] if payment["ledger"] == "points"]
        for payment in points:
            self.stage.tell.say(f"  {payment['name']} {payment['name_en']}：{payment['amount']}")
        return sum(payment["amount"] for payment in points)

    def _next_code(self) -> None:
        # A code is good once: the phone draws the next one half a minute later.
        self.stage.clock.move_to(self.stage.clock.now() + ONE_STEP)
        self.stage.settle_clock()
