"""Earning rules at the console: written in versions, stopped, tried on a bill line by line."""

from datetime import datetime
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models import AuditEntry, Earning, EarningRuleVersion, PointsEntry
from app.services import purchases
from tests.conftest import Clock
from tests.factories import staff
from tests.factories.members import make_member
from tests.factories.staff import make_staff, make_store

RULES = "/api/console/v1/earning-rules"
TUESDAYS = {"kind": "multiplier", "factor_bp": 20_000, "weekdays": [2]}
# Tuesday 24 November 2026, noon in Shanghai.
TUESDAY = "2026-11-24T12:00:00+08:00"


@pytest.fixture
def marketer(app: APIFlask, now: datetime) -> dict[str, str]:
    """A marketer's headers."""
    return staff.sign_in(make_staff("marketer"))


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json["error"]["code"]


def create(client: FlaskClient, headers: dict[str, str], **changes: Any) -> Any:
    body = {
        "code": "tuesdays",
        "event": "purchase",
        "ledger": "points",
        "name": "周二双倍",
        "name_en": "Double Tuesdays",
        "terms": TUESDAYS,
        **changes,
    }
    return client.post(RULES, headers=headers, json=body)


def follow(client: FlaskClient, headers: dict[str, str], **changes: Any) -> Any:
    body = {"name": "周二三倍", "name_en": "Triple Tuesdays", "terms": {**TUESDAYS, "factor_bp": 30_000}, **changes}
    return client.post(f"{RULES}/tuesdays/versions", headers=headers, json=body)


def try_bill(client: FlaskClient, headers: dict[str, str], *amounts: int, **facts: Any) -> Any:
    lines = [{"sku": f"s{n}", "category": "茶", "amount_fen": amount} for n, amount in enumerate(amounts, start=1)]
    return client.post(f"{RULES}/dry-run", headers=headers, json={"lines": lines, **facts})


def test_the_shops_first_rules_are_listed_in_words(client: FlaskClient, marketer: dict[str, str]) -> None:
    listed = {one["code"]: one for one in client.get(RULES, headers=marketer).json["data"]}
    assert {"base_points", "base_growth", "check_in_growth"} <= set(listed)
    base = listed["base_points"]
    assert (base["version"], base["status"], base["ends_at"]) == (1, "in_force", None)
    assert (base["terms"]["kind"], base["terms"]["rate"], base["terms"]["weekdays"]) == ("per_yuan", 1, None)
    assert base["words"]
    assert base["words_en"]


def test_a_rule_says_stores_and_tiers_by_their_names(client: FlaskClient, marketer: dict[str, str]) -> None:
    store = make_store()
    terms = {**TUESDAYS, "tiers": ["gold"], "stores": [store.code]}
    made = create(client, marketer, terms=terms).json
    assert "金卡会员" in made["words"]
    assert store.name in made["words"]
    assert "Gold" in made["words_en"]


def test_a_rule_is_made_followed_and_stopped(
    client: FlaskClient, marketer: dict[str, str], standing_clock: Clock, db_session: Session
) -> None:
    first = create(client, marketer)
    assert (first.status_code, first.json["version"], first.json["status"]) == (201, 1, "in_force")
    second = follow(client, marketer, starts_at="2026-12-01T00:00:00+08:00")
    assert (second.status_code, second.json["version"], second.json["status"]) == (201, 2, "planned")
    versions = client.get(f"{RULES}/tuesdays/versions", headers=marketer).json["data"]
    assert [(one["version"], one["status"]) for one in versions] == [(2, "planned"), (1, "in_force")]
    assert versions[1]["ends_at"] == versions[0]["starts_at"] == "2026-11-30T16:00:00.000+00:00"
    ended = client.post(f"{RULES}/tuesdays/stop", headers=marketer, json={})
    assert (ended.status_code, ended.json["status"]) == (200, "ended")
    versions = client.get(f"{RULES}/tuesdays/versions", headers=marketer).json["data"]
    assert [one["status"] for one in versions] == ["ended", "ended"]
    assert code(client.post(f"{RULES}/tuesdays/stop", headers=marketer, json={})) == (422, "rule_not_active")
    actions = db_session.scalars(
        select(AuditEntry.action).where(AuditEntry.object_kind == "earning_rule", AuditEntry.actor_kind == "staff")
    ).all()
    assert sorted(actions) == ["earning_rule.create", "earning_rule.new_version", "earning_rule.stop"]


def test_two_versions_never_speak_at_once(client: FlaskClient, marketer: dict[str, str]) -> None:
    create(client, marketer, ends_at="2026-12-31T00:00:00+08:00")
    assert follow(client, marketer, starts_at="2026-12-20T00:00:00+08:00").status_code == 201
    overlap = follow(client, marketer, starts_at="2026-12-10T00:00:00+08:00", ends_at="2027-01-01T00:00:00+08:00")
    assert code(overlap) == (409, "rule_versions_overlap")
    assert code(create(client, marketer)) == (409, "name_taken")


ODD: list[tuple[dict[str, Any], str]] = [
    ({"code": "Tuesdays"}, "invalid_input"),
    ({"code": "a:b"}, "invalid_input"),
    ({"event": "birthday"}, "invalid_input"),
    ({"ledger": "money"}, "invalid_input"),
    ({"name": ""}, "invalid_input"),
    ({"terms": {}}, "invalid_input"),
    ({"terms": {**TUESDAYS, "weekdays": [8]}}, "invalid_input"),
    ({"terms": {**TUESDAYS, "factor_bp": 10_000}}, "invalid_input"),
    ({"terms": {**TUESDAYS, "bonus": 1}}, "invalid_input"),
    ({"terms": {**TUESDAYS, "rate": 2}}, "rule_terms_invalid"),
    ({"terms": {"kind": "per_yuan"}}, "rule_terms_invalid"),
    ({"terms": {**TUESDAYS, "from_hour": 8}}, "rule_terms_invalid"),
    ({"terms": {**TUESDAYS, "from_date": "2026-02-30"}}, "rule_terms_invalid"),
    ({"terms": {**TUESDAYS, "stores": ["nowhere"]}}, "rule_terms_invalid"),
    ({"event": "check_in"}, "rule_terms_invalid"),
    ({"ledger": "growth", "terms": {**TUESDAYS, "expiry": "12M"}}, "rule_terms_invalid"),
    ({"starts_at": "2026-11-19T00:00:00+08:00"}, "invalid_input"),
    ({"ends_at": "2026-11-20T10:00:00+08:00"}, "invalid_input"),
]


@pytest.mark.parametrize(("changes", "refusal"), ODD, ids=str)
def test_odd_rules_are_refused(
    client: FlaskClient, marketer: dict[str, str], db_session: Session, changes: dict[str, Any], refusal: str
) -> None:
    before = db_session.scalar(select(func.count()).select_from(EarningRuleVersion))
    assert code(create(client, marketer, **changes)) == (422, refusal)
    assert db_session.scalar(select(func.count()).select_from(EarningRuleVersion)) == before


@pytest.mark.parametrize("unknown", ["nothing", "A%00B", "x" * 60])
def test_unknown_rules_are_not_found(client: FlaskClient, marketer: dict[str, str], unknown: str) -> None:
    assert code(client.get(f"{RULES}/{unknown}/versions", headers=marketer)) == (404, "not_found")
    assert code(client.post(f"{RULES}/{unknown}/stop", headers=marketer, json={})) == (404, "not_found")


def test_a_dry_run_explains_line_by_line_and_is_what_happens(
    client: FlaskClient, marketer: dict[str, str], standing_clock: Clock, db_session: Session
) -> None:
    create(client, marketer, terms={**TUESDAYS, "cap_per_bill": 40})
    told = try_bill(client, marketer, 2_550, 2_580, occurred_at=TUESDAY)
    assert told.status_code == 200
    assert (told.json["points"], told.json["growth"], told.json["rounding"]) == (91, 51, "down_once_per_rule")
    paid = {one["code"]: one for one in told.json["payments"]}
    # 51.30 earned, 51 paid: parts of a point stay with the shop.
    assert (paid["base_points"]["hundredths"], paid["base_points"]["rounded"]) == (5_130, 51)
    assert [line["hundredths"] for line in paid["base_points"]["lines"]] == [2_550, 2_580]
    assert (paid["tuesdays"]["rounded"], paid["tuesdays"]["amount"]) == (51, 40)
    assert paid["tuesdays"]["capped_by"] == "cap_per_bill"
    assert db_session.scalar(select(func.count()).select_from(Earning)) == 0
    at = standing_clock.set(datetime.fromisoformat(TUESDAY))
    member = make_member(now=at)
    purchases.record(member.id, store_id=None, channel="store", order_no="1", bill_fen=5_130, now=at)
    earned = db_session.scalar(
        select(func.sum(PointsEntry.amount)).where(PointsEntry.member_id == member.id, PointsEntry.kind == "earn")
    )
    assert earned == 91


def test_a_dry_run_tells_why_not(client: FlaskClient, marketer: dict[str, str]) -> None:
    store = make_store()
    create(client, marketer)
    create(client, marketer, code="gold", terms={"kind": "fixed", "amount": 9, "tiers": ["gold"]})
    create(client, marketer, code="here", terms={"kind": "fixed", "amount": 9, "stores": [store.code]})
    create(client, marketer, code="third", terms={"kind": "fixed", "amount": 9, "nth_purchase": 3})

    def refused(**facts: Any) -> dict[str, str]:
        answer = try_bill(client, marketer, 1_000, **facts)
        return {one["code"]: one["reason"] for one in answer.json["refused"]}

    # Friday, at no store, of no tier, the first time.
    assert refused() == {"tuesdays": "weekday", "gold": "tier", "here": "store", "third": "nth_purchase"}
    assert refused(tier_code="gold", store_code=store.code, nth_purchase=3, occurred_at=TUESDAY) == {}
    assert code(try_bill(client, marketer, 1_000, tier_code="none")) == (404, "not_found")
    assert code(try_bill(client, marketer, 1_000, store_code="none")) == (404, "not_found")
    assert code(try_bill(client, marketer)) == (422, "invalid_input")


def test_only_makers_change_and_readers_read(client: FlaskClient, app: APIFlask, now: datetime) -> None:
    for role in ("manager", "auditor"):
        headers = staff.sign_in(make_staff(role))
        assert client.get(RULES, headers=headers).status_code == 200
        assert try_bill(client, headers, 100).status_code == 200
        assert code(create(client, headers)) == (403, "not_allowed")
    assert create(client, staff.sign_in(make_staff("admin"))).status_code == 201
