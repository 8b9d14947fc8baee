"""A bill with two coupons, a tier's discount and points: quoted, held, settled, undone; the database asked each time."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from demo.people import Client, Customer
from demo.stage import Stage

# Lines of the bill: tea for 120 yuan, a cake for 80.
LINES = [
    {"sku": "TEA-1", "category": "茶", "quantity": 2, "amount_fen": 12_000},
    {"sku": "CAKE-1", "category": "点心", "quantity": 1, "amount_fen": 8_000},
]
BILL_FEN = 20_000
TERMS = {
    "满100减15": {"kind": "amount_off", "value_fen": 1_500, "min_spend_fen": 10_000, "valid_days": 30},
    "满150减20": {"kind": "amount_off", "value_fen": 2_000, "min_spend_fen": 15_000, "valid_days": 30},
    "点心兑换券": {
        "kind": "exchange",
        "value_fen": 8_000,
        "goods": "点心一份",
        "goods_en": "one cake",
        "categories": ["点心"],
        "valid_days": 30,
    },
}
MEMBER = "SELECT member_id FROM member_identity WHERE kind = 'openid' AND value = %s"
BALANCE = f"SELECT points_balance FROM member_account WHERE member_id = ({MEMBER})"  # noqa: S608
USED = f"SELECT count(*) FROM coupon WHERE status = 'redeemed' AND member_id = ({MEMBER})"  # noqa: S608
HELD_NOW = f"SELECT count(*) FROM coupon WHERE held_until > %s AND member_id = ({MEMBER})"  # noqa: S608


@dataclass
class Bills:
    """One customer, one bill."""

    stage: Stage
    owner: Client
    marketer: Client
    clerk: Client
    customer: Customer

    def play(self) -> None:
        """From printing to undoing."""
        tell = self.stage.tell
        tell.chapter("一单多券、等级折扣与积分", "Several coupons, a tier's discount and points on one bill")
        self.customer.join(self.stage.query("SELECT membership_terms_version FROM programme"))
        self._give_discount()
        names = {name: self._claim(name, terms) for name, terms in TERMS.items()}
        self._earn()
        before = self.stage.query(BALANCE, self.customer.openid)
        bill = self._quote(names)
        done = self._settle(bill)
        self._undo(done, before)

    def _give_discount(self) -> None:
        """The lowest tier takes five per cent off."""
        tier = self.owner.get("/tiers")["data"][0]
        self.owner.call("PUT", f"/tiers/{tier['id']}/benefits/discount", {"discount_bp": 500})

    def _claim(self, name: str, terms: dict[str, Any]) -> str:
        now = self.stage.clock.now()
        template = self.marketer.post("/coupon-templates", {"name": name, "terms": terms})
        batch = {
            "template_id": template["id"],
            "name": name,
            "how": "claim",
            "stock": 10,
            "budget_fen": 10 * terms["value_fen"],
            "per_member_limit": 1,
            "claim_starts_at": (now - timedelta(hours=1)).isoformat(),
            "claim_ends_at": (now + timedelta(days=7)).isoformat(),
        }
        printed = self.marketer.post("/coupon-batches", batch)
        return str(self.customer.post(f"/coupon-batches/{printed['id']}/claims")["id"])

    def _earn(self) -> None:
        """A first bill brings points to pay the second one with."""
        visit = self._scan()
        self.clerk.post("/purchases", {"visit_id": visit, "bill_fen": 15_000})

    def _quote(self, names: dict[str, str]) -> dict[str, Any]:
        stage, tell = self.stage, self.stage.tell
        bill: dict[str, Any] = {"visit_id": self._scan(), "bill_fen": BILL_FEN, "lines": LINES}
        quote = self.clerk.post("/quotes", bill)
        for one in quote["coupons"]:
            tell.say(f"  {one['coupon']['name']}：{one['coupon']['terms']} → {one['saves_fen']} fen")
        best = quote["best"]
        chosen = [one["coupon_id"] for one in best["coupons"]]
        tell.check("推荐的组合 proposed", chosen, [names["点心兑换券"], names["满150减20"]])
        # 200 yuan less the cake 80, five per cent of 120, then 20.
        tell.check("等级折扣 tier discount", best["tier_fen"], 600)
        tell.check("应付 payable", best["payable_fen"], 9_400)
        bill |= {"coupon_ids": chosen, "points": 100}
        priced = self.clerk.post("/quotes", bill)["chosen"]
        tell.check("用 100 积分后应付 with 100 points", priced["payable_fen"], 9_300)
        tell.check("数据库中占用的券 coupons held", stage.query(HELD_NOW, stage.clock.now(), self.customer.openid), 2)
        other = self.clerk.call("POST", "/checkouts", {**bill, "visit_id": self._scan(), "points": 0})
        tell.check("另一次收银不能用 another visit", other.code, "coupon_held")
        return bill

    def _settle(self, bill: dict[str, Any]) -> str:
        stage, tell = self.stage, self.stage.tell
        done = self.clerk.post("/checkouts", {**bill, "order_no": "D-2"})
        tell.check("实付 paid", done["payable_fen"], 9_300)
        tell.check("已核销 used", stage.query(USED, self.customer.openid), 2)
        paid = "SELECT bill_fen - discount_fen FROM purchase WHERE order_no = 'D-2' AND status = 'paid'"
        tell.check("消费记录 purchase", stage.query(paid), 9_300)
        tried = "SELECT count(*) FROM redemption_attempt WHERE reason = 'coupon_held'"
        tell.check("被拒的核销留有记录 refused uses kept", stage.query(tried), 1)
        return str(done["id"])

    def _undo(self, checkout_id: str, before: int) -> None:
        stage, tell = self.stage, self.stage.tell
        self.clerk.post(f"/checkouts/{checkout_id}/reversal", {"reason": "顾客改了主意"})
        tell.check("撤销后仍核销的券 still used", stage.query(USED, self.customer.openid), 0)
        tell.check("积分原样退回 points back", stage.query(BALANCE, self.customer.openid), before)
        tell.check("消费作废 purchase", stage.query("SELECT status FROM purchase WHERE order_no = 'D-2'"), "voided")

    def _scan(self) -> str:
        """A fresh code each time: a code is good once."""
        self.stage.clock.move_to(self.stage.clock.now() + timedelta(seconds=31))
        self.stage.settle_clock()
        return str(self.clerk.post("/visits", {"member_code": self.customer.draw_code()})["visit_id"])
