"""Customers for the counter's pages, with coupons of every kind, and a day that has gone on before anybody looks."""

import itertools
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from demo.people import Customer, WeChat
from tests.browser.visitor import STORE
from tests.browser.world import HOSTILE, LONG, Api, World

# A visit lasts ten minutes; its page is looked at for shorter.
VISIT_IS_FRESH_SECONDS = 240
_numbers = itertools.count(1)


@dataclass
class Shop:
    """Batches to claim from, by name, and the way to WeChat."""

    world: World
    wechat: WeChat
    terms_version: str
    batches: dict[str, str] = field(default_factory=dict)

    def print(self, name: str, terms: dict[str, Any], *, how: str = "claim", **options: Any) -> None:
        """A batch of these terms."""
        template = self.world.marketer.post("/coupon-templates", {"name": name, "terms": {"valid_days": 30, **terms}})
        now = datetime.now(UTC)
        printed = self.world.marketer.post(
            "/coupon-batches",
            {
                "template_id": template["id"],
                "name": f"{name} {next(_numbers)}",
                "how": how,
                "stock": 1_000,
                "budget_fen": 1_000 * terms["value_fen"],
                "per_member_limit": 5,
                "claim_starts_at": (now - timedelta(hours=1)).isoformat(),
                "claim_ends_at": (now + timedelta(days=7)).isoformat(),
                **options,
            },
        )
        self.batches[name] = printed["id"]

    def customer(self, name: str = "小雨", *coupons: str) -> Customer:
        """Somebody new with the mini-program, and these coupons in hand."""
        # WeChat knows people by their name here.
        one = Customer(self.world.stack.web_url, self.wechat, name=f"{name[:20]} {next(_numbers)}")
        assert one.join(self.terms_version).status == 201
        one.call("PATCH", "/me", {"nickname": name[:20]})
        for coupon in coupons:
            one.post(f"/coupon-batches/{self.batches[coupon]}/claims")
        return one


_shops: dict[str, Shop] = {}


class FreshVisit(str):
    """The id of an open visit, wherever it is put into an address: a new one once the last is getting old."""

    customer: Customer
    clerk: Api
    opened: float
    current: str

    @classmethod
    def of(cls, customer: Customer, clerk: Api) -> "FreshVisit":
        """Of this customer at this clerk's counter."""
        made = cls("visit")
        made.customer, made.clerk, made.opened, made.current = customer, clerk, -1e9, ""
        return made

    def __format__(self, _: str) -> str:
        if time.monotonic() - self.opened > VISIT_IS_FRESH_SECONDS:
            opened = self.clerk.post("/visits", {"member_code": self.customer.draw_code()})
            self.opened, self.current = time.monotonic(), opened["visit_id"]
        return self.current


def open_shop(world: World) -> Shop:
    """Coupons to claim; printed once."""
    stack = world.stack
    if stack.web_url in _shops:
        return _shops[stack.web_url]
    wechat = WeChat(stack.sandbox_url, stack.sandbox_control_key)
    shop = _shops[stack.web_url] = Shop(world, wechat, world.admin.get("/programme")["membership_terms_version"])
    shop.print("满50减10", {"kind": "amount_off", "value_fen": 1_000, "min_spend_fen": 5_000})
    shop.print("满300减60", {"kind": "amount_off", "value_fen": 6_000, "min_spend_fen": 30_000})
    shop.print(
        "咖啡十次卡", {"kind": "gift", "value_fen": 1_500, "goods": "美式咖啡", "goods_en": "Americano", "uses": 10}
    )
    shop.print(LONG[:30], {"kind": "percent_off", "percent_bp": 1_200, "value_fen": 3_000})
    for name, goods in (("久等咖啡", "美式咖啡"), (HOSTILE[:40], LONG[:30])):
        shop.print(
            name,
            {"kind": "gift", "value_fen": 1_200, "goods": goods},
            how="issue",
            clerk_can_issue=True,
            per_member_limit=9,
        )
    shop.print("积分换点心", {"kind": "gift", "value_fen": 900, "goods": "点心"}, how="exchange", points_price=1)
    shop.print("积分换大礼", {"kind": "gift", "value_fen": 9_900, "goods": "大礼"}, how="exchange", points_price=99_999)
    return shop


def stock(world: World) -> None:
    """A visit with everything in it, bills of the day, a shift that waits and one that was taken over."""
    shop = open_shop(world)
    person = shop.customer(HOSTILE, "满50减10", "满300减60", "咖啡十次卡", LONG[:30])
    world.names["visit"] = visit = FreshVisit.of(person, world.clerk)
    colleague = Api(world.stack, "manager", store_code=STORE)
    for one, note in ((world.clerk, HOSTILE), (colleague, "零钱不多，请先换")):
        shift = one.post("/shifts", {})["id"]
        buyer = shop.customer(LONG[:20], "满50减10")
        _sell(one, buyer)
        one.post(f"/shifts/{shift}/closing", {"counted_fen": 12_345, "note": note})
    colleague.post(
        f"/shifts/{world.clerk.get('/shifts', limit=2)['data'][1]['id']}/acknowledgement", {"reply": HOSTILE}
    )
    world.clerk.post("/shifts", {})
    _sell(world.clerk, shop.customer(HOSTILE, "满50减10"), undo=True)
    bought = [one for one in world.clerk.get("/purchases", limit=5)["data"] if one["status"] == "paid"]
    world.names["purchase"] = bought[0]["id"]
    world.clerk.post(f"/visits/{visit:}/notes", {"note": f"少糖，{HOSTILE}"})


def _sell(clerk: Api, buyer: Customer, *, undo: bool = False) -> None:
    visit = clerk.post("/visits", {"member_code": buyer.draw_code()})
    coupons = [one["id"] for one in visit["coupons"]]
    done = clerk.post("/checkouts", {"visit_id": visit["visit_id"], "bill_fen": 8_800, "coupon_ids": coupons})
    if undo:
        clerk.post(f"/checkouts/{done['id']}/reversal", {"reason": HOSTILE})
