"""What the stories of coupons share: a marketer, printing, taking, using and taking back."""

import csv
import io
from typing import Any

from tests.factories import staff
from tests.factories.staff import make_staff
from tests.scenarios.shop import CONSOLE, Customer, Shop


def with_marketer(shop: Shop) -> Shop:
    """The shop, with somebody who plans."""
    shop.people["marketer"] = make_staff("marketer", display_name="陈策划")
    return shop


def prints(shop: Shop, name: str, *, terms: dict[str, Any], stock: int, budget_fen: int, **more: Any) -> str:
    """A template and a batch of it, open until the end of the year; returns the batch's id."""
    template = shop.console("/coupon-templates", {"name": name, "terms": terms}, by="marketer")
    batch = {
        "template_id": template["id"],
        "name": f"{name} 一批",
        "how": "claim",
        "stock": stock,
        "budget_fen": budget_fen,
        "per_member_limit": 1,
        "claim_starts_at": shop.clock.now.isoformat(),
        "claim_ends_at": "2026-12-31T23:00:00+08:00",
    }
    printed: dict[str, str] = shop.console("/coupon-batches", batch | more, by="marketer")
    return printed["id"]


def takes(customer: Customer, batch_id: str) -> str:
    """The coupon's id."""
    coupon_id: str = customer.does(f"/coupon-batches/{batch_id}/claims")["id"]
    return coupon_id


def uses(shop: Shop, customer: Customer, coupon_id: str, *, bill_fen: int) -> str:
    """At the counter; the redemption's id."""
    shop.clock.move(minutes=1)
    visit_id = shop.scans(customer)["visit_id"]
    body = {"visit_id": visit_id, "coupon_id": coupon_id, "bill_fen": bill_fen, "order_no": None}
    redemption_id: str = shop.counter("/redemptions", body)["id"]
    return redemption_id


def takes_back(shop: Shop, redemption_id: str, *, by: str = "manager") -> None:
    """The whole bill."""
    shop.counter(f"/redemptions/{redemption_id}/reversal", {"reason": "退货"}, by=by)


def table(shop: Shop, path: str, *, by: str) -> list[list[str]]:
    """A downloaded table, heading included."""
    token = staff.sign_in(shop.people[by], now=shop.clock.now)
    told = shop.client.get(CONSOLE + path, headers=token)
    assert told.status_code == 200, told.text
    return list(csv.reader(io.StringIO(told.get_data().decode("utf-8-sig"), newline="")))
