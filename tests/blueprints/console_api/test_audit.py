"""The auditor's list: what was changed, when, and by whom."""

from datetime import datetime

from flask.testing import FlaskClient

from tests.factories.staff import make_staff, sign_in


def test_the_auditor_reads_who_changed_what(client: FlaskClient, now: datetime) -> None:
    owner = sign_in(make_staff("admin", display_name="老周"))
    auditor = sign_in(make_staff("auditor"))
    changed = client.patch("/api/console/v1/programme", json={"check_in_points": 7}, headers=owner)
    assert changed.status_code == 200
    newest = client.get("/api/console/v1/audit-entries", headers=auditor).json["data"][0]
    assert (newest["action"], newest["actor_kind"], newest["actor_name"]) == ("programme.update", "staff", "老周")
    assert newest["details"] == {"before": {"check_in_points": 5}, "after": {"check_in_points": 7}}
    made = next(
        row
        for row in client.get("/api/console/v1/audit-entries", headers=auditor).json["data"]
        if row["action"] == "staff.create"
    )
    assert (made["actor_kind"], made["actor_name"]) == ("system", None)


def test_the_list_goes_on_where_it_stopped(client: FlaskClient, now: datetime) -> None:
    auditor = sign_in(make_staff("auditor"))
    make_staff("clerk")
    first = client.get("/api/console/v1/audit-entries?limit=1", headers=auditor).json
    rest = client.get(f"/api/console/v1/audit-entries?cursor={first['next_cursor']}", headers=auditor).json
    assert first["has_more"]
    assert first["data"][0]["id"] > rest["data"][0]["id"]
