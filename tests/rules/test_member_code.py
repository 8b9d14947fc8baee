"""The member code: vectors published in docs/domain/member-code.md, check digit, the window of a step."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.errors import MemberCodeMalformed
from app.rules import member_code

SECRET = b"12345678901234567890"
NUMBER = "123456789"
# A step boundary.
START = datetime(2026, 10, 9, 0, 0, tzinfo=UTC)
STEP = member_code.step_at(START)
DOCUMENT = Path(__file__).parents[2] / "docs" / "domain" / "member-code.md"


def test_the_one_time_part_is_rfc_6238s() -> None:
    # RFC 6238 appendix B, SHA-256, whose seed is 32 bytes long: eight digits at these instants.
    seed = b"12345678901234567890123456789012"
    vectors = {59: "46119246", 1111111109: "68084774", 1111111111: "67062674", 2000000000: "90698825"}
    drawn = {at: member_code.one_time_part(seed, step=at // 30) for at in vectors}
    assert drawn == vectors


def test_the_vectors_of_the_document_hold() -> None:
    rows = re.findall(r"^\| `(\d{9})` \| `([0-9a-f]+)` \| (\d+) \| `(\d{20})` \|$", DOCUMENT.read_text("utf-8"), re.M)
    assert len(rows) >= 4
    for number, secret, step, code in rows:
        assert member_code.draw(number, bytes.fromhex(secret), step=int(step)) == code


def test_a_drawn_code_is_read_back() -> None:
    code = member_code.draw(NUMBER, SECRET, step=STEP)
    assert re.fullmatch(r"28123456789\d{9}", code)
    spaced = " ".join(code[i : i + 4] for i in range(0, 20, 4))
    read = member_code.parse(spaced)
    assert (read.number, read.otp) == (NUMBER, code[11:19])
    assert read.otp not in repr(read)


def test_every_wrong_digit_and_every_swap_of_neighbours_is_noticed() -> None:
    code = member_code.draw(NUMBER, SECRET, step=STEP)
    damaged = {code[:i] + digit + code[i + 1 :] for i in range(20) for digit in "0123456789"} - {code}
    damaged |= {code[:i] + code[i + 1] + code[i] + code[i + 2 :] for i in range(19)} - {code}
    for text in damaged:
        with pytest.raises(MemberCodeMalformed):
            member_code.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "28",
        "2" * 19,
        "2" * 21,
        "28１２３４５６７８９" + "0" * 9,
        "281234567890000000a0",
        "2812345678900000000\n0",
        "\x00" * 20,
    ],
)
def test_what_is_no_code_is_refused(text: str) -> None:
    with pytest.raises(MemberCodeMalformed):
        member_code.parse(text)


@pytest.mark.parametrize(
    ("seconds", "accepted"),
    [(-5.001, False), (-5, True), (0, True), (29.999, True), (30, True), (44.999, True), (45, False), (3600, False)],
)
def test_a_code_lives_from_5_s_before_to_15_s_after_its_step(seconds: float, accepted: bool) -> None:
    code = member_code.parse(member_code.draw(NUMBER, SECRET, step=STEP))
    found = member_code.matching_step(code, SECRET, at=START + timedelta(seconds=seconds))
    assert found == (STEP if accepted else None)


def test_another_secret_proves_nothing() -> None:
    code = member_code.parse(member_code.draw(NUMBER, SECRET, step=STEP))
    assert member_code.matching_step(code, b"x" * 20, at=START) is None
