"""What the coupon pages have to show: every kind of template, batches in every way, runs, codes, a shop, a settled payer."""

import time
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from demo.people import Customer, WeChat

if TYPE_CHECKING:
    from tests.browser.world import Api, World

PATIENCE_SECONDS = 60
AMOUNT_OFF = {"kind": "amount_off", "value_fen": 1000, "min_spend_fen": 5000, "valid_days": 30}
KINDS: dict[str, dict[str, Any]] = {
    "全单八折": {"kind": "percent_off", "percent_bp": 2000, "value_fen": 5000, "valid_days": 14, "weekdays": [1, 2, 3]},
    "9.9 元拿铁": {"kind": "fixed_price", "price_fen": 990, "value_fen": 2200, "valid_days": 7, "skus": ["LATTE"]},
    "美式兑换券": {
        "kind": "exchange",
        "goods": "美式咖啡",
        "goods_en": "Americano",
        "value_fen": 2500,
        "valid_days": 30,
    },
    "小蛋糕": {"kind": "gift", "goods": "小蛋糕", "value_fen": 1800, "min_spend_fen": 3000, "valid_days": 30},
    "拉花课": {
        "kind": "experience",
        "goods": "拉花课",
        "goods_en": "A latte-art class",
        "value_fen": 9900,
        "valid_days": 60,
    },
}


def add(world: "World", *, hostile: str, long: str) -> None:
    """Write all of it through the API, the texts of marketers hostile here and there."""
    by = world.marketer
    for name, terms in KINDS.items():
        by.post("/coupon-templates", {"name": name, "terms": terms})
    by.post("/coupon-templates", {"name": long, "terms": AMOUNT_OFF | {"stores": ["HZ001"], "transferable": True}})
    words = {"goods": hostile, "goods_en": hostile, "categories": [hostile], "not_skus": [hostile]}
    bad = {"kind": "gift", "value_fen": 100, "valid_days": 1, "blackout_dates": ["12-25"], **words}
    template = by.post("/coupon-templates", {"name": hostile, "terms": bad})
    by.post(f"/coupon-templates/{template['id']}/versions", {"terms": bad | {"valid_days": 2, "uses": 3}})
    usual = by.post("/coupon-templates", {"name": "满 50 减 10（测试）", "terms": AMOUNT_OFF})["id"]
    payer = by.post("/payers", {"code": "COLA", "name": hostile, "kind": "supplier"})["id"]
    batches = {
        how: print_batch(by, usual, name=f"{how} {hostile if how == 'issue' else long}", how=how, **more)
        for how, more in {
            "claim": {"payer_id": payer, "payer_share_bp": 4000, "alarm_per_minute": 1000, "alarm_pauses": True},
            "issue": {"clerk_can_issue": True},
            "code": {"stock": 200_000, "budget_fen": 200_000_000},
            "exchange": {"points_price": 1},
            "birthday": {"stock": 1_000_000, "budget_fen": 1_000_000_000},
        }.items()
    }
    bad_list = by.post("/member-lists", {"name": hostile})
    print_batch(by, usual, name="名单专用", how="claim", member_list_id=bad_list["id"])
    run = give_to_all(by, batches["issue"], note=hostile)
    active = by.get(f"/issue-runs/{run}/revocation-preview")["active"]
    taken = by.post(f"/issue-runs/{run}/revocations", {"expected": active, "reason": hostile})["id"]
    wait_for(by, f"/revocations/{taken}", "done")
    _codes(by, batches["code"])
    by.post(
        "/coupon-automations",
        {"name": hostile, "event": "purchase", "batch_id": batches["issue"], "conditions": {"categories": [hostile]}},
    )
    exchange = _customer(world, batches, hostile=hostile)
    _settle(world.admin, payer)
    world.names |= {f"batch_{how}": made for how, made in batches.items()}
    world.names |= {"coupon_template": template["id"], "run": run, "revocation": taken, "payer": payer}
    world.names |= {"exchange": exchange, "usual_template": usual}
    world.names["settlement"] = world.admin.get(f"/payers/{payer}/settlements")["data"][0]["id"]
    world.names["store_id"] = world.admin.get("/stores")["data"][0]["id"]


def print_batch(by: "Api", template_id: str, *, name: str, how: str, **more: Any) -> str:
    """A batch that is open now."""
    now = datetime.now(UTC)
    body = {
        "template_id": template_id,
        "name": name[:100],
        "how": how,
        "stock": 1000,
        "budget_fen": 1_000_000,
        "per_member_limit": 5,
        "claim_starts_at": (now - timedelta(hours=1)).isoformat(),
        "claim_ends_at": (now + timedelta(days=30)).isoformat(),
    }
    return str(by.post("/coupon-batches", body | more)["id"])


def give_to_all(by: "Api", batch_id: str, *, note: str) -> str:
    """A run over everybody, finished."""
    body = {"audience": "everyone", "note": note, "partial": True}
    run = str(by.post(f"/coupon-batches/{batch_id}/issue-runs", body)["id"])
    wait_for(by, f"/issue-runs/{run}", "done")
    return run


def wait_for(by: "Api", path: str, state: str) -> None:
    """Wait until something is in a state."""
    until = time.monotonic() + PATIENCE_SECONDS
    while by.get(path)["state"] != state:
        assert time.monotonic() < until, f"{path} is not {state}"
        time.sleep(0.2)


def _codes(by: "Api", batch_id: str) -> None:
    made = by.post(f"/coupon-batches/{batch_id}/code-runs", {"wanted": 100})["id"]
    wait_for(by, f"/coupon-code-runs/{made}", "done")


def _customer(world: "World", batches: dict[str, str], *, hostile: str) -> str:
    """Somebody who claims, uses, and takes something for points; returns that exchange."""
    stack = world.stack
    person = Customer(stack.web_url, WeChat(stack.sandbox_url, stack.sandbox_control_key), name="小周")
    assert person.join(str(world.admin.get("/programme")["membership_terms_version"])).status == 201
    coupon = person.post(f"/coupon-batches/{batches['claim']}/claims")["id"]
    visit = world.clerk.post("/visits", {"member_code": person.draw_code()})["visit_id"]
    world.clerk.post("/checkouts", {"visit_id": visit, "bill_fen": 20_000, "coupon_ids": [coupon], "order_no": "WC-1"})
    exchanges = [person.post(f"/exchange/{batches['exchange']}", {"points_price": 1})["id"] for _ in range(2)]
    path = f"/coupon-exchanges/{exchanges[0]}/return"
    world.admin.post(path, {"reason": hostile})
    return str(exchanges[1])


def _settle(by: "Api", payer_id: str) -> None:
    today = date.today()  # noqa: DTZ011 two days away from either end
    period = {"first_on": str(today - timedelta(days=9)), "until_on": str(today - timedelta(days=2))}
    by.post(f"/payers/{payer_id}/settlements", period)
