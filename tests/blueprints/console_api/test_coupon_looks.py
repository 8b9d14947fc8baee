"""What pages ask of coupons: terms before they are saved, one template, one payer, lists of one batch or template."""

from datetime import datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.services import coupons, revocations
from tests.factories.coupons import make_batch, make_template
from tests.factories.issue_runs import make_list, make_run, marketer, work
from tests.factories.members import make_member
from tests.factories.payers import make_payer
from tests.factories.staff import make_staff, make_store, sign_in

ROOT = "/api/console/v1"
TERMS = {"kind": "amount_off", "value_fen": 1000, "min_spend_fen": 5000, "valid_days": 30, "uses": 3}


@pytest.fixture
def headers(client: FlaskClient, db_session: Session, now: datetime) -> dict[str, str]:
    return sign_in(make_staff("marketer"))


def test_terms_are_read_before_they_are_saved(client: FlaskClient, headers: dict[str, str]) -> None:
    store = make_store(name="江边店")
    asked = {"terms": {**TERMS, "stores": [store.code], "transferable": True}}
    answer = client.post(f"{ROOT}/coupon-template-previews", json=asked, headers=headers)
    assert answer.status_code == 200, answer.text
    look = answer.get_json()
    assert look["headline"] == {"zh": "满50元减10元", "en": "¥10 off a bill of ¥50 or more"}
    assert (look["uses"], look["most_fen"]) == (3, 3000)
    assert "江边店" in look["words"]["zh"]
    assert {"zh": "可转赠好友", "en": "may be given to a friend"} in look["sentences"]
    assert client.get(f"{ROOT}/coupon-templates", headers=headers).get_json()["data"] == []


def test_faults_are_told_as_when_saving(client: FlaskClient, headers: dict[str, str]) -> None:
    wrong = {"terms": {**TERMS, "min_spend_fen": 1, "stores": ["NOWHERE"]}}
    refused = client.post(f"{ROOT}/coupon-template-previews", json=wrong, headers=headers)
    assert refused.status_code == 422
    assert refused.get_json()["error"]["data"]["fields"] == {"min_spend_fen": "below_value"}
    wrong["terms"]["min_spend_fen"] = 5000
    refused = client.post(f"{ROOT}/coupon-template-previews", json=wrong, headers=headers)
    assert refused.get_json()["error"]["data"]["fields"] == {"stores": "unknown"}


def test_one_version_in_full_and_the_newest_of_each(client: FlaskClient, headers: dict[str, str]) -> None:
    first = client.post(f"{ROOT}/coupon-templates", json={"name": "A", "terms": TERMS}, headers=headers).get_json()
    other = client.post(f"{ROOT}/coupon-templates", json={"name": "B", "terms": TERMS}, headers=headers).get_json()
    versions = f"{ROOT}/coupon-templates/{first['id']}/versions"
    second = client.post(versions, json={"terms": {**TERMS, "valid_days": 7}}, headers=headers).get_json()

    def ids(**query: str) -> list[str]:
        page = client.get(f"{ROOT}/coupon-templates", query_string=query, headers=headers).get_json()
        return [one["id"] for one in page["data"]]

    assert ids() == [second["id"], other["id"], first["id"]]
    assert ids(is_latest="true") == [second["id"], other["id"]]
    assert ids(family_id=first["family_id"]) == [second["id"], first["id"]]
    full = client.get(f"{ROOT}/coupon-templates/{second['id']}", headers=headers).get_json()
    assert {name: value for name, value in full.items() if name != "look"} == second
    assert full["look"]["sentences"][1] == {"zh": "领取后7天内有效", "en": "valid 7 days after claiming"}


def test_batches_by_how_and_of_one_template(client: FlaskClient, headers: dict[str, str], now: datetime) -> None:
    template = make_template()
    claimed = make_batch(template, how="claim")
    issued = make_batch(template, how="issue", member_list_public_id=make_list([make_member()]).public_id)
    make_batch(how="issue")

    def found(**query: str) -> list[dict[str, object]]:
        return list(client.get(f"{ROOT}/coupon-batches", query_string=query, headers=headers).get_json()["data"])

    family = str(template.family_id)
    assert [one["id"] for one in found(family_id=family)] == [str(issued.public_id), str(claimed.public_id)]
    (one,) = found(family_id=family, how="issue")
    assert one["member_list_name"]
    detail = client.get(f"{ROOT}/coupon-batches/{issued.public_id}", headers=headers).get_json()
    assert detail["member_list_name"] == one["member_list_name"]
    assert found(family_id=family, how="claim")[0]["member_list_id"] is None


def test_runs_and_revocations_of_one_batch(client: FlaskClient, headers: dict[str, str], now: datetime) -> None:
    ours, other = make_batch(how="issue", stock=1000), make_batch(how="issue", stock=1000)
    run = make_run(ours)
    make_run(other)
    work(run)
    member = make_member()
    coupon = coupons.issue(member.id, batch_id=ours.id, source="x", actor=marketer(), now=now)
    revocations.revoke_one(coupon.public_id, reason="错发", actor=marketer(), now=now)
    query = {"batch_id": str(ours.public_id)}
    runs = client.get(f"{ROOT}/issue-runs", query_string=query, headers=headers).get_json()["data"]
    assert [one["id"] for one in runs] == [str(run.public_id)]
    (taken,) = client.get(f"{ROOT}/revocations", query_string=query, headers=headers).get_json()["data"]
    assert (taken["batch_name"], taken["revoked"]) == (ours.name, 1)
    assert taken["undo_until"] > taken["created_at"]
    assert (
        client.get(f"{ROOT}/revocations", query_string={"batch_id": str(other.public_id)}, headers=headers).get_json()[
            "data"
        ]
        == []
    )


def test_one_payer(client: FlaskClient, headers: dict[str, str]) -> None:
    payer = make_payer(name="可口可乐")
    assert client.get(f"{ROOT}/payers/{payer.public_id}", headers=headers).get_json()["name"] == "可口可乐"
