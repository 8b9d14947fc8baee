"""The counter's tools: frames read and forgotten, points for a coupon, a customer to practise with."""

import base64
import io
import random
from typing import Any

import pytest
import segno
from PIL import Image
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.errors import FrameUnreadable
from app.gateways import frame_reader
from app.models import AuditEntry, Coupon
from app.services import points
from blueprints.attempts import Limit
from blueprints.store import counter_tools
from tests.blueprints.store.till import Till, refusal
from tests.factories.coupons import make_batch

CODE = "28123456789748757406"


def picture(content: str = CODE, *, size: tuple[int, int] = (640, 480), turned: int = 7, micro: bool = False) -> bytes:
    """A frame of a camera that sees a code."""
    png = io.BytesIO()
    code = segno.make(content, micro=True) if micro else segno.make_qr(content)
    code.save(png, kind="png", scale=6, border=4)
    png.seek(0)
    frame = Image.new("L", size, 140)
    frame.paste(Image.open(png).convert("L").rotate(turned, expand=True, fillcolor=140), (90, 60))
    return jpeg_of(frame)


def jpeg_of(image: Image.Image, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=70, **options)
    return out.getvalue()


def send(door: Till, data: bytes) -> Any:
    return door.post("/frames", {"jpeg": base64.b64encode(data).decode()})


@pytest.mark.parametrize("turned", [0, 7, 45, 180])
def test_a_frame_with_a_code_is_read_however_it_is_turned(door: Till, turned: int) -> None:
    assert send(door, picture(turned=turned)).get_json() == {"text": CODE}


def test_an_upright_frame_is_as_good_and_an_empty_one_is_nothing(door: Till) -> None:
    assert send(door, picture(size=(480, 640))).get_json() == {"text": CODE}
    assert send(door, jpeg_of(Image.new("RGB", (640, 480), "white"))).get_json() == {"text": None}


def test_what_is_too_long_or_no_text_is_none_of_ours(door: Till) -> None:
    assert send(door, picture("1" * 65)).get_json() == {"text": None}
    assert send(door, picture("28\n12")).get_json() == {"text": None}


@pytest.mark.parametrize("size", [(641, 480), (640, 481), (481, 641), (4000, 3000)])
def test_a_larger_picture_is_refused_before_its_pixels_are_read(door: Till, size: tuple[int, int]) -> None:
    answer = send(door, jpeg_of(Image.new("L", size)) if size[0] < 4000 else _claims(65_500, 65_500))
    assert refusal(answer) == (422, "frame_unreadable")


def _claims(width: int, height: int) -> bytes:
    """A frame whose header promises more pixels than anybody has memory for."""
    data = bytearray(jpeg_of(Image.new("L", (8, 8))))
    place = data.index(b"\xff\xc0")
    data[place + 5 : place + 9] = height.to_bytes(2, "big") + width.to_bytes(2, "big")
    return bytes(data)


def test_other_formats_in_disguise_are_refused(door: Till) -> None:
    for kind in ("PNG", "GIF", "BMP", "WEBP", "TIFF"):
        out = io.BytesIO()
        Image.new("L", (64, 64)).save(out, kind)
        assert refusal(send(door, out.getvalue())) == (422, "frame_unreadable"), kind
    for nonsense in (b"\x00", b"\xff\xd8\xff", b"<svg onload=alert(1)>", b"%PDF-1.7"):
        assert refusal(send(door, nonsense)) == (422, "frame_unreadable")
    for body in ({"jpeg": ""}, {"jpeg": "!"}, {"jpeg": "A" * 60_001}, {}, {"jpeg": "QQ==", "x": 1}):
        assert refusal(door.post("/frames", body))[0] == 422
    assert refusal(door.post("/frames", {"jpeg": "A"})) == (422, "frame_unreadable")


def test_thousands_of_broken_frames_are_refused_or_read_and_nothing_else() -> None:
    whole, chance = picture(), random.Random(6)
    outcomes = set()
    for _ in range(1_500):
        broken = bytearray(whole)
        reach = chance.choice([200, len(broken)])
        for _ in range(chance.randint(1, 12)):
            broken[chance.randrange(reach)] = chance.randrange(256)
        if chance.random() < 0.3:
            broken = broken[: chance.randrange(len(broken))]
        try:
            outcomes.add(type(frame_reader.read(bytes(broken))).__name__)
        except FrameUnreadable:
            outcomes.add("refused")
    assert outcomes == {"str", "NoneType", "refused"}


def test_frames_are_counted(door: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counter_tools, "FRAMES", Limit("frame", tries=2, window_seconds=60))
    data = picture()
    assert [send(door, data).status_code for _ in range(3)] == [200, 200, 429]


def test_points_are_exchanged_at_the_counter_once_and_the_visit_stays(
    door: Till, db_session: Session, now: Any
) -> None:
    member = door.counter.member
    points.earn(member.id, amount=50, source="t", now=now)
    batch = make_batch(how="exchange", points_price=20)
    visit = door.scan()
    offers = door.get(f"/visits/{visit}/exchange").get_json()["data"]
    assert [(one["id"], one["points_price"], one["state"]) for one in offers] == [
        (str(batch.public_id), 20, "claimable")
    ]
    body = {"visit_id": visit, "batch_id": str(batch.public_id), "points_price": 20}
    taken = door.post("/exchanges", body, key="one")
    assert (taken.status_code, taken.get_json()["spendable"]) == (201, 30)
    assert door.post("/exchanges", body, key="one").data == taken.data
    assert door.get(f"/visits/{visit}").get_json()["member"]["points_balance"] == 30
    assert db_session.scalar(select(func.count()).select_from(Coupon).where(Coupon.member_id == member.id)) == 1
    audits = db_session.scalars(select(AuditEntry).where(AuditEntry.action == "coupon_exchange.counter")).all()
    assert [one.actor_id for one in audits] == [door.counter.clerk.id]
    assert refusal(door.post("/exchanges", {**body, "points_price": 19})) == (409, "price_changed")


def test_without_the_member_s_code_nothing_is_exchanged(door: Till, now: Any) -> None:
    points.earn(door.counter.member.id, amount=50, source="t", now=now)
    batch = make_batch(how="exchange", points_price=20)
    visit = door.scan()
    _, other = door.colleague()
    body = {"visit_id": visit, "batch_id": str(batch.public_id), "points_price": 20}
    assert refusal(door.post("/exchanges", body, headers=other)) == (404, "not_found")
    assert refusal(door.get(f"/visits/{visit}/exchange", headers=other)) == (404, "not_found")


def test_practice_explains_by_the_real_rules_and_writes_nothing(door: Till, db_session: Session) -> None:
    def rows() -> Any:
        tables = ("coupon", "checkout", "redemption", "redemption_attempt", "counter_visit", "audit_entry", "purchase")
        return [db_session.scalar(text(f"SELECT count(*) FROM {table}")) for table in tables]  # noqa: S608

    before = rows()
    told = door.post("/practice-quotes", {"bill_fen": 8_000}).get_json()
    assert [(one["applies"], one["saves_fen"]) for one in told["coupons"]] == [
        (True, 1_000),
        (True, 1_600),
        (True, 0),
        (False, 0),
    ]
    assert told["coupons"][3]["refusal"]["code"] == "wrong_store"
    assert (told["best"]["coupon_fen"], told["best"]["payable_fen"]) == (1_600, 6_400)
    assert told["member"]["phone_masked"] == "138****0000"
    below = door.post("/practice-quotes", {"bill_fen": 1_000}).get_json()["coupons"][0]["refusal"]
    assert (below["code"], below["data"]) == ("minimum_spend_not_met", {"min_spend_fen": 5_000, "bill_fen": 1_000})
    assert rows() == before


def test_the_code_to_practise_with_opens_nothing(door: Till) -> None:
    code = door.post("/practice-quotes", {}).get_json()["code"]
    assert refusal(door.client.post("/api/store/v1/visits", json={"member_code": code}, headers=door.headers)) == (
        422,
        "member_code_expired",
    )


def test_a_used_coupon_says_when_where_and_by_whom(door: Till) -> None:
    counter = door.counter
    coupon = counter.coupon()
    counter.settle([coupon])
    body = {"visit_id": door.scan(), "bill_fen": 10_000, "coupon_ids": [str(coupon.public_id)]}
    told = door.post("/checkouts", body).get_json()["error"]
    assert (told["code"], told["data"]["store"], told["data"]["clerk"]) == ("already_redeemed", "一号店", "小李")
