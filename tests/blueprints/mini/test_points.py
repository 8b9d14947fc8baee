"""The member's own points: the summary, the statement page by page, and the same as a table."""

import csv
import io
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.services import check_ins, points, purchases
from tests.conftest import Clock
from tests.factories.members import make_member, sign_in
from tests.factories.staff import make_staff, make_store
from tests.factories.staff import sign_in as sign_in_staff

MINI = "/api/mini/v1"


def buy(member_id: int, order_no: str, *, now: datetime) -> int:
    """A hundred yuan at a till."""
    terms: dict[str, Any] = {"store_id": make_store().id, "channel": "till", "bill_fen": 10_000, "discount_fen": 0}
    return purchases.record(member_id, order_no=order_no, now=now, **terms).id


def table(response: Any) -> list[list[str]]:
    assert response.status_code == 200, response.text
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.reader(io.StringIO(response.get_data().decode("utf-8-sig"), newline="")))


def test_the_summary_tells_what_there_is(client: FlaskClient, standing_clock: Clock) -> None:
    member = make_member()
    headers = sign_in(member)
    nothing = {"spendable": 0, "pending": 0, "held": 0, "owed": 0, "next_expiry": None}
    assert client.get(f"{MINI}/points", headers=headers).get_json() == nothing
    now = standing_clock.now
    points.earn(member.id, amount=30, source="a", now=now, expiry="30D")
    points.earn(member.id, amount=50, source="b", now=now)
    points.earn(member.id, amount=7, source="c", now=now, pending_days=7)
    points.hold(member.id, amount=20, source="d", expires_at=now + timedelta(minutes=5), now=now)
    told = client.get(f"{MINI}/points", headers=headers).get_json()
    expiring = told.pop("next_expiry")
    assert told == {"spendable": 60, "pending": 7, "held": 20, "owed": 0}
    assert expiring["valid_through"] == "2026-12-20"


def test_the_statement_says_why_what_and_until_when(client: FlaskClient, standing_clock: Clock) -> None:
    member = make_member()
    headers = sign_in(member)
    bought = buy(member.id, "T-20261120-0001", now=standing_clock.now)
    check_ins.check_in(member.id, now=standing_clock.move(minutes=1))
    points.spend(member.id, amount=15, source="gift:1", now=standing_clock.move(minutes=1))
    purchases.refund(bought, now=standing_clock.move(minutes=1))
    answer = client.get(f"{MINI}/points/entries", headers=headers).get_json()
    told = [
        (row["seq"], row["source"], row["title"], row["delta"], row["balance_after"], row["order_no"])
        for row in reversed(answer["data"])
    ]
    assert told[0] == (1, "purchase", "消费得积分", 100, 100, "T-20261120-0001")
    assert told[1] == (2, "check_in", "签到", 5, 105, None)
    assert told[2] == (3, "gift", "使用", -15, 90, None)
    assert told[3][4] == 0
    assert told[3][5] == "T-20261120-0001"
    first = answer["data"][-1]
    assert (first["rule"]["code"], first["rule"]["version"]) == ("base_points", 1)
    assert first["expires_at"].startswith("2027-11-20T16:00:00")
    # The running balance follows from line to line, whatever the page.
    page = client.get(f"{MINI}/points/entries?limit=2", headers=headers).get_json()
    rest = client.get(f"{MINI}/points/entries?limit=50&cursor={page['next_cursor']}", headers=headers).get_json()
    assert page["data"] + rest["data"] == answer["data"]
    assert rest["next_cursor"] is None


def test_the_table_holds_the_same_lines_oldest_first(client: FlaskClient, standing_clock: Clock) -> None:
    member = make_member()
    headers = sign_in(member)
    buy(member.id, "=cmd|' /C calc'!A0", now=standing_clock.now)
    check_ins.check_in(member.id, now=standing_clock.move(days=1))
    found = table(client.get(f"{MINI}/points/entries.csv", headers=headers))
    assert found[0] == ["时间", "业务日期", "事项", "规则", "版本", "订单号", "变动", "余额", "待扣", "有效期至"]
    formula = "'=cmd|' /C calc'!A0"
    bought = [
        "2026-11-20 10:00:00",
        "2026-11-20",
        "消费得积分",
        "base_points",
        "1",
        formula,
        "100",
        "100",
        "0",
        "2027-11-20",
    ]
    assert found[1] == bought
    assert [row[6:8] for row in found[2:]] == [["5", "105"]]
    english = client.get(f"{MINI}/points/entries.csv", headers={**headers, "Accept-Language": "en"})
    assert [row[2] for row in table(english)] == ["What", "Points for purchases", "Check-in"]
    one_day = client.get(f"{MINI}/points/entries.csv?first=2026-11-21&last=2026-11-21", headers=headers)
    assert [row[1] for row in table(one_day)[1:]] == ["2026-11-21"]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("first=2025-11-20&last=2026-11-20", 200),
        ("first=2025-11-19&last=2026-11-20", 422),
        ("first=2026-11-21&last=2026-11-20", 422),
        ("first=2026-11-21", 422),
        ("last=2020-01-01", 200),
        ("first=tomorrow", 422),
        ("first=9999-12-31&last=9999-12-31", 422),
        ("since=2026-01-01", 422),
    ],
)
def test_a_period_is_a_year_at_most(client: FlaskClient, now: datetime, query: str, status: int) -> None:
    answer = client.get(f"{MINI}/points/entries.csv?{query}", headers=sign_in(make_member()))
    assert answer.status_code == status


def test_nobody_reads_anothers_statement(client: FlaskClient, now: datetime) -> None:
    mine, other = make_member(), make_member()
    points.earn(mine.id, amount=5, source="a", now=now)
    headers = sign_in(other)
    assert client.get(f"{MINI}/points/entries", headers=headers).get_json()["data"] == []
    assert len(table(client.get(f"{MINI}/points/entries.csv", headers=headers))) == 1
    assert client.get(f"/api/console/v1/members/{mine.public_id}/points/entries", headers=headers).status_code == 401


def test_the_console_reads_a_members_ledgers(client: FlaskClient, standing_clock: Clock) -> None:
    member = make_member()
    buy(member.id, "T-20261120-0001", now=standing_clock.now)
    buy(member.id, "T-20261120-0002", now=standing_clock.move(minutes=1))
    buy(member.id, "T-20261120-0003", now=standing_clock.move(minutes=1))
    root = f"/api/console/v1/members/{member.public_id}"
    people = {role: sign_in_staff(make_staff(role)) for role in ("auditor", "marketer")}
    orders = {
        role: client.get(f"{root}/points/entries?limit=1", headers=headers).get_json()["data"][0]["order_no"]
        for role, headers in people.items()
    }
    assert orders == {"auditor": "T-20261120-0003", "marketer": "****0003"}
    exported = table(client.get(f"{root}/points/entries.csv", headers=people["marketer"]))
    assert [row[5] for row in exported[1:]] == ["****0001", "****0002", "****0003"]
    growth = client.get(f"{root}/growth/entries", headers=people["auditor"]).get_json()["data"]
    assert [(row["delta"], row["growth_after"], row["rule"]["code"]) for row in growth] == [
        (100, 300, "base_growth"),
        (100, 200, "base_growth"),
        (100, 100, "base_growth"),
    ]
    tiers = client.get(f"{root}/tiers", headers=people["auditor"]).get_json()["data"]
    assert [(row["badge"]["code"], row["reason"], row["ends_at"] is None) for row in tiers] == [
        ("silver", "growth", True),
        ("basic", "joined", False),
    ]
    first = client.get(f"{root}/tiers?limit=1", headers=people["auditor"]).get_json()
    rest = client.get(f"{root}/tiers?cursor={first['next_cursor']}", headers=people["auditor"]).get_json()
    assert first["data"] + rest["data"] == tiers
