"""Lists, issue runs and revocations over HTTP: looked at first, begun once per key, watched, stopped, undone."""

import uuid
from datetime import datetime
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.extensions import db
from app.services import coupon_offers
from blueprints.schemas.member_lists import MAX_LINES
from jobs.advance_issue_runs import advance_issue_runs
from jobs.advance_revocations import advance_revocations
from tests.factories.coupons import give_coupon, make_batch
from tests.factories.issue_runs import issue_batch
from tests.factories.members import make_counter_member, make_member
from tests.factories.staff import make_staff, sign_in

CONSOLE = "/api/console/v1"
PHONE = "138 0013 8000"


class Desk:
    """Staff at the console; each request has a key of its own unless told."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self.people = {role: sign_in(make_staff(role)) for role in ("marketer", "manager", "admin")}

    def post(self, path: str, body: Any = None, *, by: str = "marketer", key: str | None = None) -> Any:
        headers = {**self.people[by], "Idempotency-Key": key or str(uuid.uuid4())}
        return self.client.post(CONSOLE + path, headers=headers, json=body)

    def get(self, path: str) -> Any:
        answer = self.client.get(CONSOLE + path, headers=self.people["manager"])
        assert answer.status_code == 200, answer.text
        return answer.get_json()

    def members(self, people: list[str]) -> str:
        made = self.post("/member-lists", {"name": f"名单 {uuid.uuid4()}"}).get_json()
        assert self.post(f"/member-lists/{made['id']}/entries", {"members": people}).status_code == 200
        return str(made["id"])


@pytest.fixture
def desk(client: FlaskClient, now: datetime) -> Desk:
    return Desk(client)


def test_a_list_is_filled_by_id_and_phone_and_told_by_line(desk: Desk) -> None:
    by_id = make_member(nickname="阿雨")
    make_counter_member(phone=PHONE, nickname="老张")
    made = desk.post("/member-lists", {"name": "老顾客"})
    path = f"/member-lists/{made.get_json()['id']}"
    lines = [str(by_id.public_id), "nonsense", PHONE, "+8613800138001", "", str(uuid.uuid4()), PHONE]
    added = desk.post(f"{path}/entries", {"members": lines})
    errors = [(2, "malformed"), (4, "unknown"), (5, "malformed"), (6, "unknown")]
    told = {"errors": [{"line": line, "reason": reason} for line, reason in errors]}
    assert added.get_json() == {"changed": 2, "unchanged": 1, **told}
    assert "13800138001" not in added.text
    assert desk.post(f"{path}/entries", {"members": lines}).get_json() == {"changed": 0, "unchanged": 3, **told}
    assert desk.get(path)["entries"] == 2
    first = desk.get(f"{path}/entries?limit=1")
    second = desk.get(f"{path}/entries?cursor={first['next_cursor']}")
    assert [one["phone_masked"] for one in (*first["data"], *second["data"])] == [None, "138****8000"]
    assert desk.post(f"{path}/entries/removal", {"members": [PHONE]}).get_json()["changed"] == 1
    assert [(row["name"], row["entries"]) for row in desk.get("/member-lists")["data"]] == [("老顾客", 1)]
    assert desk.post("/member-lists", {"name": "老顾客"}).get_json()["error"]["code"] == "name_taken"


@pytest.mark.parametrize(("lines", "status"), [(MAX_LINES, 200), (MAX_LINES + 1, 422), (20_000, 413)])
def test_five_thousand_lines_at_most(desk: Desk, lines: int, status: int) -> None:
    listed = desk.members([str(make_member().public_id)])
    body = {"members": [str(uuid.uuid4())] * lines}
    assert desk.post(f"/member-lists/{listed}/entries", body).status_code == status
    # Elsewhere a body stays small.
    assert desk.post("/member-lists", {"name": "x" * 70_000}).status_code == 413


def test_a_run_is_looked_at_begun_once_and_watched(desk: Desk, now: datetime) -> None:
    for _ in range(3):
        make_member()
    batch = issue_batch(stock=2)
    path = f"/coupon-batches/{batch.public_id}/issue-runs"
    found = desk.post(f"{path}/preview", {"audience": "everyone"}).get_json()
    assert found == {
        "members": 3,
        "would_get": 3,
        "skipped": {},
        "needed_fen": 3000,
        "stock_left": 2,
        "budget_left_fen": 2000,
        "is_covered": False,
    }
    body = {"audience": "everyone", "note": "周年庆"}
    refused = desk.post(path, body).get_json()["error"]
    assert refused["code"] == "issue_run_not_covered" and "3" in refused["message"]
    first, again = (desk.post(path, {**body, "partial": True}, key="K") for _ in range(2))
    assert (first.status_code, first.data) == (201, again.data)
    run = first.get_json()
    assert (run["state"], run["total"], run["given"]) == ("planned", 3, 0)
    assert desk.post(f"/issue-runs/{run['id']}/pause").get_json()["state"] == "paused"
    assert advance_issue_runs(now=now) == {"given": 0, "skipped": 0}
    assert desk.post(f"/issue-runs/{run['id']}/pause").status_code == 409
    assert desk.post(f"/issue-runs/{run['id']}/resume").get_json()["state"] == "planned"
    assert advance_issue_runs(now=now) == {"given": 2, "skipped": 1}
    done = desk.get(f"/issue-runs/{run['id']}")
    assert (done["state"], done["given"], done["skipped"]) == ("done", 2, {"stock": 1})
    assert desk.post(f"/issue-runs/{run['id']}/cancel").get_json()["error"]["code"] == "issue_run_state_conflict"
    assert [row["id"] for row in desk.get("/issue-runs?state=done")["data"]] == [run["id"]]
    assert desk.get("/issue-runs?state=paused")["data"] == []


def test_a_run_over_a_list_and_over_tiers(desk: Desk, now: datetime) -> None:
    person, _ = make_member(), make_member()
    batch = issue_batch(stock=10)
    listed = desk.members([str(person.public_id)])
    path = f"/coupon-batches/{batch.public_id}/issue-runs"
    run = desk.post(path, {"audience": "member_list", "member_list_id": listed, "note": "老顾客"}).get_json()
    assert (run["member_list_id"], run["tiers"], run["total"]) == (listed, [], 1)
    refused = desk.post(f"/member-lists/{listed}/entries", {"members": [PHONE]})
    assert (refused.status_code, refused.get_json()["error"]["code"]) == (409, "member_list_in_use")
    tiers = desk.post(path, {"audience": "tiers", "tiers": ["gold"], "note": "金卡"}).get_json()
    assert (tiers["tiers"], tiers["total"]) == (["gold"], 0)
    assert advance_issue_runs(now=now)["given"] == 1
    assert desk.post(path, {"audience": "tiers", "note": "金卡"}).status_code == 422
    offers = coupon_offers.list_offers(person.id, after=None, limit=9, now=now).items
    assert offers == []


def test_a_batch_is_revoked_as_told_and_given_back(desk: Desk, now: datetime) -> None:
    batch = make_batch()
    for _ in range(3):
        give_coupon(make_member(), batch=batch)
    path = f"/coupon-batches/{batch.public_id}"
    found = desk.get(f"{path}/revocation-preview")
    assert (found["active"], found["money_fen"]) == (3, 3000)
    refused = desk.post(f"{path}/revocations", {"expected": 2, "reason": "印错了"}).get_json()["error"]
    assert (refused["code"], refused["data"]) == ("revocation_grew", {"expected": 2, "found": 3})
    assert desk.get(path)["status"] == "active"
    first, again = (desk.post(f"{path}/revocations", {"expected": 3, "reason": "印错了"}, key="K") for _ in range(2))
    assert (first.status_code, first.data) == (201, again.data)
    row = first.get_json()
    assert (row["state"], row["scope"], desk.get(path)["status"]) == ("working", "batch", "paused")
    reopened = desk.client.patch(CONSOLE + path, headers=desk.people["marketer"], json={"status": "active"})
    assert reopened.get_json()["error"]["code"] == "batch_being_revoked"
    assert advance_revocations(now=now) == {"revoked": 3, "restored": 0}
    assert desk.get(f"/revocations/{row['id']}")["state"] == "done"
    assert desk.get(path)["coupons"]["revoked"] == 3
    assert desk.post(f"/revocations/{row['id']}/undo", {"reason": "没印错"}, by="marketer").status_code == 403
    undone = desk.post(f"/revocations/{row['id']}/undo", {"reason": "没印错"}, by="admin")
    assert (undone.status_code, undone.get_json()["state"]) == (200, "undoing")
    assert advance_revocations(now=now) == {"revoked": 0, "restored": 3}
    assert desk.get(path)["coupons"]["active"] == 3
    assert [one["state"] for one in desk.get("/revocations")["data"]] == ["undone"]


def test_a_runs_copies_and_one_copy(desk: Desk, now: datetime) -> None:
    person = make_member()
    batch = issue_batch(stock=10, per_member_limit=2)
    path = f"/coupon-batches/{batch.public_id}/issue-runs"
    run = desk.post(path, {"audience": "everyone", "note": "周年庆"}).get_json()
    advance_issue_runs(now=now)
    assert desk.get(f"/issue-runs/{run['id']}/revocation-preview")["active"] == 1
    row = desk.post(f"/issue-runs/{run['id']}/revocations", {"expected": 1, "reason": "发错了"}).get_json()
    assert (row["scope"], row["issue_run_id"], row["batch_id"]) == ("run", run["id"], str(batch.public_id))
    assert desk.get(f"/issue-runs/{run['id']}")["state"] == "revoked"
    assert advance_revocations(now=now)["revoked"] == 1
    coupon = give_coupon(person)
    db.session.commit()
    single = desk.post(f"/coupons/{coupon.public_id}/revocations", {"reason": "转卖"}, by="manager")
    assert (single.status_code, single.get_json()["state"]) == (201, "done")
    again = desk.post(f"/coupons/{coupon.public_id}/revocations", {"reason": "转卖"}, by="manager")
    assert again.get_json()["error"]["code"] == "coupon_not_usable"
    assert desk.post(f"/coupons/{uuid.uuid4()}/revocations", {"reason": "转卖"}).status_code == 404
