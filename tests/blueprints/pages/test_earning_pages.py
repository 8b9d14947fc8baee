"""The pages of earning rules without a browser: stores and tiers are chosen by name, and stay chosen in the next version."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.extensions import db
from app.models import EarningRule, EarningRuleVersion
from tests.blueprints.pages import visitor
from tests.factories.staff import make_staff, make_store

RULES = "/console/earning-rules"


@pytest.fixture
def signed_in(client: FlaskClient) -> FlaskClient:
    visitor.sign_in(client, make_staff("admin"))
    return client


def chosen(page: str, name: str) -> list[str]:
    """The values a form shows as chosen."""
    (field,) = re.findall(rf'<select[^>]* name="{name}"[^>]*>(.*?)</select>', page, re.DOTALL)
    return re.findall(r'<option selected value="([^"]*)"', field)


def newest_terms() -> dict[str, object]:
    query = select(EarningRuleVersion).join(EarningRule).where(EarningRule.code == "weekend_double")
    return db.session.scalars(query.order_by(EarningRuleVersion.version.desc())).first().terms  # type: ignore[union-attr]


def test_stores_and_tiers_are_chosen_and_stay_chosen(signed_in: FlaskClient) -> None:
    here, there = make_store(), make_store()
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
        "channels": "store，webshop",
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
    assert chosen(page, "tiers") == ["gold"]
    # One less, and nothing chosen is everywhere.
    typed = {**typed, "key": "another-key", "stores": [there.code], "tiers": []}
    assert visitor.send(signed_in, edit, typed, form_at=edit).status_code == 303
    assert (newest_terms()["stores"], newest_terms().get("tiers")) == ([there.code], None)


def test_a_bill_is_tried_at_a_store_of_the_list(signed_in: FlaskClient) -> None:
    store = make_store()
    trial = f"{RULES}/dry-run"
    bill = {"paid": "60", "quantity": "1", "nth_purchase": "1", "store_code": store.code, "tier": "gold"}
    tried = visitor.send(signed_in, trial, bill, form_at=trial)
    assert tried.status_code == 200, tried.text
    assert (chosen(tried.text, "store_code"), chosen(tried.text, "tier")) == ([store.code], ["gold"])
    gone = visitor.send(signed_in, trial, {**bill, "store_code": "NOWHERE"}, form_at=trial)
    assert gone.status_code == 422
