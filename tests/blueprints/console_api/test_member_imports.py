"""Members from a file and as a table: uploaded once per key, looked at, begun, watched, undone; lists tell nobody's data."""

import base64
import csv
import io
import uuid
from datetime import datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.extensions import db
from app.models import AuditEntry, Member
from blueprints.schemas.member_imports import MAX_FILE_BYTES
from jobs import import_members as importing
from jobs.import_members import import_members
from tests.factories.imports import sheet
from tests.factories.members import make_counter_member
from tests.factories.staff import make_staff, sign_in

CONSOLE = "/api/console/v1"


class Desk:
    """Staff at the console; each request has a key of its own unless told."""

    def __init__(self, client: FlaskClient, now: datetime) -> None:
        self.client, self.now = client, now
        self.people = {role: sign_in(make_staff(role)) for role in ("marketer", "manager", "auditor", "admin")}

    def post(self, path: str, body: Any = None, *, by: str = "manager", key: str | None = None) -> Any:
        headers = {**self.people[by], "Idempotency-Key": key or str(uuid.uuid4())}
        return self.client.post(CONSOLE + path, headers=headers, json=body)

    def get(self, path: str, *, by: str = "manager", language: str = "zh-CN") -> Any:
        return self.client.get(CONSOLE + path, headers={**self.people[by], "Accept-Language": language})

    def upload(self, *lines: str, key: str | None = None) -> Any:
        body = {
            "file_name": "会员.csv",
            "content": base64.b64encode(sheet(*lines)).decode(),
            "consent_source": "纸质入会表，存于总店",
            "consent_version": "paper-2024",
        }
        return self.post("/member-imports", body, key=key)

    def tick(self) -> dict[str, int]:
        return import_members(now=self.now)


@pytest.fixture
def desk(client: FlaskClient, now: datetime) -> Desk:
    return Desk(client, now)


def table(answer: Any) -> list[list[str]]:
    assert answer.mimetype == "text/csv"
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))


def test_from_the_file_to_members_and_back(desk: Desk) -> None:
    made = desk.upload("13800138003,小雨,,,5,,,", "12,,,,,,,", key="once")
    again = desk.upload("13800138003,小雨,,,5,,,", "12,,,,,,,", key="once")
    assert (made.status_code, again.headers["Idempotency-Replayed"]) == (201, "true")
    assert made.get_json()["id"] == again.get_json()["id"]
    path = f"/member-imports/{made.get_json()['id']}"
    assert desk.tick()["checked"] == 2
    told = desk.get(path).get_json()
    assert (told["state"], told["counts"]["ready"], told["counts"]["faulty"]) == ("checked", 1, 1)
    assert desk.post(f"{path}/start", {}).get_json()["error"]["code"] == "import_has_faults"
    assert desk.post(f"{path}/start", {"skip_faulty": True}).get_json()["state"] == "running"
    assert desk.post(f"{path}/pause").get_json()["state"] == "paused"
    assert not any(desk.tick().values())
    assert desk.post(f"{path}/resume").get_json()["state"] == "running"
    counts = desk.tick()
    assert (counts["made"], any(desk.tick().values())) == (1, False)
    done = desk.get(path, by="auditor").get_json()
    assert (done["state"], done["counts"]["made"]) == ("done", 1)
    assert done["erased_at"] is not None
    lines = desk.get(f"{path}/lines?state=made").get_json()["data"]
    assert lines[0]["member_id"] == str(db.session.scalars(select(Member.public_id)).one())
    assert desk.post(f"{path}/undo", {"reason": "传错了"}).status_code == 403
    assert desk.post(f"{path}/undo", {"reason": "传错了"}, by="admin").get_json()["state"] == "undoing"
    assert desk.tick()["undone"] == 1
    assert desk.get(path).get_json()["state"] == "undone"
    assert desk.get("/members").get_json()["data"] == []
    assert [one["state"] for one in desk.get("/member-imports").get_json()["data"]] == ["undone"]


def test_a_tick_is_bounded_and_goes_on(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "CHUNK", 2)
    monkeypatch.setattr(importing, "MAX_CHUNKS", 2)
    desk.upload(*(f"1380013800{n},,,,,,," for n in range(9)))
    assert [desk.tick().get("checked", 0) for _ in range(4)] == [4, 4, 1, 0]


def test_faults_speak_the_readers_language_and_name_nobody(desk: Desk) -> None:
    made = desk.upload("12,=2+5,,,,,,", ",阿雨,,,,,,")
    desk.tick()
    path = f"/member-imports/{made.get_json()['id']}"
    faults = desk.get(f"{path}/lines", language="en").get_json()["data"][0]["faults"]
    assert faults == [
        {
            "column": "phone",
            "code": "phone_invalid",
            "text": "Not a valid phone; if it looks like 1.38E+10, make the column text and fill it in again.",
        }
    ]
    rows = table(desk.get(f"{path}/lines.csv"))
    assert [row[:4] for row in rows[1:]] == [
        ["2", "faulty", "phone", "phone_invalid"],
        ["3", "faulty", "phone", "phone_missing"],
    ]
    assert not any("阿雨" in cell or "=2+5" in cell for row in rows for cell in row)


def test_the_template_is_a_file_that_is_taken(desk: Desk) -> None:
    template = desk.get("/member-imports/template.csv").data
    body = {
        "file_name": "template.csv",
        "content": base64.b64encode(template).decode(),
        "consent_source": "纸质入会表",
        "consent_version": "v1",
    }
    made = desk.post("/member-imports", body)
    assert made.get_json()["ignored"] == []
    desk.tick()
    assert desk.get(f"/member-imports/{made.get_json()['id']}").get_json()["counts"]["ready"] == 1


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"content": "@@@@"}, 422, "invalid_input"),
        ({"content": "abc"}, 422, "invalid_input"),
        ({"consent_source": "ok"}, 422, "invalid_input"),
        ({"consent_version": ""}, 422, "invalid_input"),
        ({"content": base64.b64encode("昵称\n小雨".encode()).decode()}, 422, "import_unreadable"),
        ({"content": base64.b64encode(b"x" * (MAX_FILE_BYTES + 3)).decode()}, 422, "invalid_input"),
        ({"content": "A" * (MAX_FILE_BYTES * 2)}, 413, "body_too_large"),
    ],
)
def test_uploads_that_are_refused(desk: Desk, changes: dict[str, str], status: int, code: str) -> None:
    body = {
        "file_name": "a.csv",
        "content": base64.b64encode(sheet("13800138003,,,,,,,")).decode(),
        "consent_source": "纸质入会表",
        "consent_version": "v1",
    }
    answer = desk.post("/member-imports", body | changes)
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (status, code)


def test_members_as_a_table(desk: Desk) -> None:
    make_counter_member(phone="13800138003", nickname="=cmd", birthday=(3, 5))
    make_counter_member(phone="13800138004", nickname="阿雨")
    masked = table(desk.get("/members.csv", by="marketer"))
    assert [row[:3] for row in masked[1:]] == [["138****8003", "'=cmd", "03-05"], ["138****8004", "阿雨", ""]]
    whole = table(desk.get("/members.csv?phones=whole&tier=basic", by="admin"))
    assert [row[0] for row in whole[1:]] == ["'+8613800138003", "'+8613800138004"]
    assert table(desk.get("/members.csv?tier=gold"))[1:] == []
    assert table(desk.get("/members.csv?tag=none"))[1:] == []
    for role in ("marketer", "manager"):
        assert desk.get("/members.csv?phones=whole", by=role).status_code == 403
    entries = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "member.export").order_by(AuditEntry.id))
    assert [one.details["whole_phones"] for one in entries] == [False, True, False, False]


def test_an_export_comes_back_in(desk: Desk) -> None:
    make_counter_member(phone="13800138003", nickname="小雨", birthday=(3, 5))
    exported = desk.get("/members.csv?phones=whole", by="admin").data
    body = {
        "file_name": "members.csv",
        "content": base64.b64encode(exported).decode(),
        "consent_source": "原系统导出",
        "consent_version": "v1",
    }
    made = desk.post("/member-imports", body).get_json()
    desk.tick()
    assert desk.get(f"/member-imports/{made['id']}").get_json()["counts"]["known"] == 1
