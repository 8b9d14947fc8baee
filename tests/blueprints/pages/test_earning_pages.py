"""The pages of earning rules without a browser: stores, channels and tiers are chosen by name, and stay so in the next."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.extensions import db
from app.models import EarningRule, EarningRuleVersion
from tests.blueprints.pages import visitor
from tests.blueprints.pages.visitor import chosen, options
from tests.factories.partners import make_key
from tests.factories.staff import make_staff, make_store

RULES = "/console/earning-rules"


@pytest.fixture
def signed_in(client: FlaskClient) -> FlaskClient:
    visitor.sign_in(client, make_staff("admin"))
    return client


def newest_terms() -> dict[str, object]:
    query = select(EarningRuleVersion).join(EarningRule).where(EarningRule.code == "weekend_double")
    return db.session.scalars(query.order_by(EarningRuleVersion.version.desc())).first().terms  # type: ignore[union-attr]


def test_stores_channels_and_tiers_are_chosen_and_stay_chosen(signed_in: FlaskClient) -> None:
    here, there = make_store(), make_store()
    make_key(channel="webshop")
    kind = f"{RULES}/new?kind=multiplier"
    assert f"{here.name} ({here.code})" in signed_in.get(kind).text
    typed = {
        "code": "weekend_double",
        "kind": "multiplier",
        "event": "purchase",
        "ledger": "points",
        "name": "周末双倍",
        "name_en": "Twice at weekends",
        "factor": "2",
        "stores": [here.code, there.code],
        "tiers": ["gold"],
        "channels": ["store", "webshop"],
    }
    made = visitor.send(signed_in, f"{RULES}/new", typed, form_at=kind)
    assert made.status_code == 303, made.text
    said = newest_terms()
    assert (sorted(said["stores"]), said["tiers"], said["channels"]) == (  # type: ignore[call-overload]
        sorted([here.code, there.code]),
        ["gold"],
        ["store", "webshop"],
    )
    edit = f"{RULES}/weekend_double/edit"
    page = signed_in.get(edit).text
    assert sorted(chosen(page, "stores")) == sorted([here.code, there.code])
    assert (chosen(page, "channels"), chosen(page, "tiers")) == (["store", "webshop"], ["gold"])
    # One less, and nothing chosen is everywhere.
    typed = {**typed, "key": "another-key", "stores": [there.code], "tiers": []}
    assert visitor.send(signed_in, edit, typed, form_at=edit).status_code == 303
    assert (newest_terms()["stores"], newest_terms().get("tiers")) == ([there.code], None)


def test_a_channel_nobody_lists_any_more_stays_chosen(signed_in: FlaskClient) -> None:
    kind = f"{RULES}/new?kind=multiplier"
    named = {"code": "weekend_double", "kind": "multiplier", "ledger": "points", "name": "双倍", "name_en": "Twice"}
    typed = {**named, "factor": "nonsense", "channels": ["store", "old-shop"]}
    # Also after something else was wrong.
    refused = visitor.send(signed_in, f"{RULES}/new", typed, form_at=kind)
    assert (refused.status_code, chosen(refused.text, "channels")) == (422, ["store", "old-shop"])
    assert visitor.send(signed_in, f"{RULES}/new", {**typed, "factor": "2"}, form_at=kind).status_code == 303
    page = signed_in.get(f"{RULES}/weekend_double/edit").text
    assert chosen(page, "channels") == ["store", "old-shop"]
    assert options(page, "channels") == {"store": "所有门店收银台 (store)", "old-shop": "old-shop"}


@pytest.mark.parametrize(
    ("event", "offered"),
    [("purchase", {"store", "webshop"}), ("joined", {"mini", "counter"}), ("anniversary", set())],
)
def test_channels_are_those_the_event_comes_through(signed_in: FlaskClient, event: str, offered: set[str]) -> None:
    make_key(channel="webshop")
    kind = f"{RULES}/new?kind=fixed"
    # The event is chosen beside them.
    assert set(options(signed_in.get(kind).text, "channels")) == {"store", "webshop", "mini", "counter"}
    typed = {"code": "some_gift", "kind": "fixed", "event": event, "ledger": "points", "name": "礼", "name_en": "Gift"}
    made = visitor.send(signed_in, f"{RULES}/new", {**typed, "amount": "10"}, form_at=kind)
    assert made.status_code == 303, made.text
    page = signed_in.get(f"{RULES}/some_gift/edit").text
    if offered:
        assert set(options(page, "channels")) == offered
    else:
        assert 'name="channels"' not in page


def test_a_bill_is_tried_at_a_store_of_the_list(signed_in: FlaskClient) -> None:
    store = make_store()
    trial = f"{RULES}/dry-run"
    bill = {"paid": "60", "quantity": "1", "nth_purchase": "1", "store_code": store.code, "tier": "gold"}
    tried = visitor.send(signed_in, trial, bill, form_at=trial)
    assert tried.status_code == 200, tried.text
    assert (chosen(tried.text, "store_code"), chosen(tried.text, "tier")) == ([store.code], ["gold"])
    gone = visitor.send(signed_in, trial, {**bill, "store_code": "NOWHERE"}, form_at=trial)
    assert gone.status_code == 422
