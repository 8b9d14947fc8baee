"""What the shop owes in points, by the month it would expire; and that the ledger sums to zero."""

import csv
import io
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.services import points, programmes
from tests.conftest import Clock
from tests.factories.members import make_member
from tests.factories.staff import make_staff, sign_in

REPORTS = "/api/console/v1/reports"


@pytest.fixture
def headers(client: FlaskClient, now: datetime) -> dict[str, str]:
    return sign_in(make_staff("auditor"))


def table(response: Any) -> list[list[str]]:
    assert response.status_code == 200, response.text
    return list(csv.reader(io.StringIO(response.get_data().decode("utf-8-sig"), newline="")))


def test_the_liability_by_expiry_month(client: FlaskClient, headers: dict[str, str], standing_clock: Clock) -> None:
    now = standing_clock.now
    programmes.get().fen_per_100_points = 70
    one, two = make_member(), make_member()
    points.earn(one.id, amount=101, source="a", now=now, expiry="2027-01-31")
    points.earn(two.id, amount=50, source="a", now=now, expiry="2027-02-01", pending_days=3)
    points.earn(two.id, amount=20, source="b", now=now, expiry="2027-02-28")
    points.earn(two.id, amount=9, source="c", now=now, expiry="never")
    points.hold(two.id, amount=5, source="d", expires_at=now + timedelta(minutes=5), now=now)
    # Spent, then taken back: two owes what one still has.
    points.earn(one.id, amount=30, source="e", now=now, expiry="2026-12-31")
    points.spend(one.id, amount=30, source="f", now=now)
    found = client.get(f"{REPORTS}/points-liability", headers=headers).get_json()
    months = [(row["month"], row["points"], row["pending"], row["held"]) for row in found["rows"]]
    assert months == [("2027-01", 101, 0, 0), ("2027-02", 70, 50, 5), (None, 9, 0, 0)]
    assert (found["points"], found["pending"], found["held"], found["owed_points"]) == (180, 50, 5, 0)
    # 180 points at 0.70 fen: 126 fen, and the lines add up to it.
    assert found["value_fen"] == sum(row["value_fen"] for row in found["rows"]) == 126
    written = table(client.get(f"{REPORTS}/points-liability.csv", headers=headers))
    assert written[0][0] == "到期月份"
    assert [row[:4] for row in written[1:]] == [
        ["2027-01", "101", "0", "0"],
        ["2027-02", "70", "50", "5"],
        ["永久有效", "9", "0", "0"],
        ["合计", "180", "50", "5"],
        ["会员待扣", "0", "", ""],
    ]


def test_the_ledger_sums_to_zero(client: FlaskClient, headers: dict[str, str], now: datetime) -> None:
    member = make_member()
    points.earn(member.id, amount=100, source="purchase:1", now=now)
    points.spend(member.id, amount=60, source="gift", now=now)
    points.adjust(member.id, amount=-10, source="adjustment:1", now=now)
    points.reverse(member.id, source="purchase:1", reversal_source="refund:1", now=now)
    found = client.get(f"{REPORTS}/trial-balance", headers=headers).get_json()
    accounts = {row["account"]: row["total"] for row in found["accounts"]}
    assert found["total"] == 0
    assert accounts == {"member": 0, "owed": -70, "issue": 0, "spend": 60, "expire": 0, "adjust": 10, "merge": 0}
    assert client.get(f"{REPORTS}/points-liability", headers=headers).get_json()["owed_points"] == 70
    english = client.get(f"{REPORTS}/trial-balance.csv", headers={**headers, "Accept-Language": "en"})
    written = table(english)
    # Negative numbers stay numbers.
    assert ["owed", "Owed by members", "-70"] in written
    assert written[-1] == ["", "Total", "0"]
