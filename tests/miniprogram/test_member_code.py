"""The client draws member codes without a network, and the real counter takes them: at the edges of a step, and once."""

import base64
import io
import json
import subprocess
from datetime import datetime, timedelta
from typing import Any

import pytest
import segno
import zxingcpp
from flask.testing import FlaskClient
from PIL import Image

from tests.conftest import NOON, Clock
from tests.factories.members import make_member
from tests.factories.members import sign_in as member_sign_in
from tests.factories.staff import make_staff, make_store
from tests.factories.staff import sign_in as staff_sign_in
from tests.miniprogram import npm

pytestmark = [pytest.mark.usefixtures("node"), pytest.mark.timeout(1200)]

STEP = timedelta(seconds=30)
# NOON begins a step.
EARLIEST, LAST = NOON - timedelta(seconds=5), NOON + timedelta(seconds=45)
MOMENT = timedelta(milliseconds=1)


def device(**asked: Any) -> Any:
    """What the client's own modules make of it, under Node.js."""
    done = subprocess.run(
        ["node", "tests/device.js"],
        cwd=npm.CLIENT,
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def milliseconds(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def drawn(answer: Any, *, arrived: datetime, at: datetime) -> str:
    """The code a phone shows at a moment of its own clock, its last word from the server long gone."""
    told = {"answer": answer, "arrived_ms": milliseconds(arrived), "moments_ms": [milliseconds(at)]}
    codes: list[str] = device(offline=told)
    return codes[0]


@pytest.fixture
def answer(client: FlaskClient, standing_clock: Clock) -> Any:
    """What the server told the phone, a day before it is needed."""
    standing_clock.set(NOON - timedelta(days=1))
    return client.get("/api/mini/v1/me/member-code", headers=member_sign_in(make_member())).json


def at_the_counter() -> dict[str, str]:
    """A clerk of a store of their own, signed in."""
    store = make_store()
    return staff_sign_in(make_staff(at=[store]), store=store)


def scan(client: FlaskClient, code: str, *, headers: dict[str, str]) -> tuple[int, str]:
    """Status, and the visit or the refusal's code."""
    answer = client.post("/api/store/v1/visits", json={"member_code": code}, headers=headers)
    said: Any = answer.json
    return answer.status_code, said["error"]["code"] if "error" in said else said["visit_id"]


@pytest.mark.parametrize("off", [timedelta(0), timedelta(minutes=5), timedelta(minutes=-5)])
@pytest.mark.parametrize(
    ("scanned", "status"),
    [(EARLIEST - MOMENT, 422), (EARLIEST, 201), (LAST - MOMENT, 201), (LAST, 422)],
    ids=["before its edge", "at its first edge", "at its last edge", "after its edge"],
)
def test_a_code_drawn_offline_is_taken_at_the_edges_of_its_step(
    client: FlaskClient, standing_clock: Clock, answer: Any, *, off: timedelta, scanned: datetime, status: int
) -> None:
    # The phone's clock is off, its difference to the server's was kept a day ago, and there is no network since.
    arrived = standing_clock.now + off
    code = drawn(answer, arrived=arrived, at=NOON + STEP - MOMENT + off)
    assert code == drawn(answer, arrived=arrived, at=NOON + off)
    clerk = at_the_counter()
    standing_clock.set(scanned)
    found = scan(client, code, headers=clerk)
    assert (found[0], found[1] == "member_code_expired") == (status, status == 422)


def test_a_code_is_refused_the_second_time(client: FlaskClient, standing_clock: Clock, answer: Any) -> None:
    code = drawn(answer, arrived=standing_clock.now, at=NOON)
    standing_clock.set(NOON)
    clerk, colleague = at_the_counter(), at_the_counter()
    status, visit = scan(client, code, headers=clerk)
    assert status == 201
    assert scan(client, code, headers=colleague) == (409, "member_code_used")
    bill = {"visit_id": visit, "bill_fen": 5_800}
    assert (
        client.post("/api/store/v1/purchases", json=bill, headers={**clerk, "Idempotency-Key": "k"}).status_code == 201
    )
    assert scan(client, code, headers=clerk) == (409, "member_code_used")


def test_a_phone_that_never_heard_the_time_would_have_been_refused(
    client: FlaskClient, standing_clock: Clock, answer: Any
) -> None:
    """The correction is what makes the difference: five minutes off and uncorrected, the counter refuses."""
    off = timedelta(minutes=5)
    uncorrected = drawn(answer, arrived=standing_clock.now, at=NOON + off)
    standing_clock.set(NOON)
    assert scan(client, uncorrected, headers=at_the_counter()) == (422, "member_code_expired")


# Digits and text, from the smallest version to the largest this client draws.
DIGITS = ["28123456789617677755", "0", "7" * 41, "1" * 100, "1" * 130, "12" * 100]
FULL = ["a" * 14, "b" * 26, "c" * 42, "d" * 62, "e" * 84, "f" * 106]
TEXTS = ["https://member.shop.example/x?d=abc", "a b"]


def test_the_clients_qr_codes_are_another_encoders_to_the_last_module() -> None:
    # Texts that leave room are padded otherwise there (a zero byte more), which readers do not mind: those are read below.
    for text, mine in zip(DIGITS + FULL, device(codes=DIGITS + FULL), strict=True):
        version = (len(mine["modules"]) - 17) // 4
        others = [segno.make_qr(text, error="m", version=version, mask=mask, boost_error=False) for mask in range(8)]
        assert mine["modules"] in [[list(row) for row in other.matrix] for other in others], text


def test_the_clients_pictures_are_read_by_another_reader() -> None:
    texts = DIGITS + FULL + TEXTS
    for text, mine in zip(texts, device(codes=texts), strict=True):
        assert read(mine["qr"]) == [(text, zxingcpp.BarcodeFormat.QRCode)]
        if mine["bar"]:
            assert read(mine["bar"]) == [(text, zxingcpp.BarcodeFormat.Code128)]


def read(picture: str) -> list[tuple[str, Any]]:
    """What a scanner finds in a data address."""
    image = Image.open(io.BytesIO(base64.b64decode(picture.partition(",")[2]))).convert("L")
    return [(found.text, found.format) for found in zxingcpp.read_barcodes(image)]
