"""Codes: their look, forgiving reading, and a check character that misses no slip of one hand."""

import itertools
import random

import pytest

from app.errors import CouponCodeMalformed, CouponCodesRefused
from app.rules import coupon_code, coupon_code_list
from app.rules.coupon_code import ALPHABET, BITS, LENGTH

DICE = random.Random(20261128)
SOME = [
    coupon_code.of_number(number) for number in (0, 1, (1 << BITS) - 1, *(DICE.getrandbits(BITS) for _ in range(20)))
]


def is_good(code: str) -> bool:
    try:
        return coupon_code.parse(code) == code
    except CouponCodeMalformed as error:
        assert error.data == {"reason": "check_character"}
        return False


def test_a_code_is_twelve_characters_and_a_check() -> None:
    assert coupon_code.of_number(0) == "0" * 13
    assert coupon_code.of_number(1) == "0000000000012"
    assert coupon_code.shown("7Q2MXK4D9HPAR") == "7Q2M-XK4D-9HPA-R"
    assert len(set(SOME)) == len(SOME)
    assert all(len(code) == LENGTH and set(code) <= set(ALPHABET) for code in SOME)
    with pytest.raises(ValueError, match="60 bits"):
        coupon_code.of_number(1 << BITS)


@pytest.mark.parametrize("code", SOME)
def test_people_may_write_it_as_they_like(code: str) -> None:
    shown = coupon_code.shown(code)
    wide = "".join(chr(ord(one) + 0xFEE0) if one.isalnum() else one for one in shown)
    swapped = shown.replace("1", "l").replace("0", "o")
    for written in (
        code,
        shown,
        shown.lower(),
        f"  {shown.replace('-', ' ')}\t",
        shown.replace("-", "—"),
        wide,
        swapped,
    ):
        assert coupon_code.parse(written) == code, written
    assert coupon_code.parse(shown.replace("1", "I").replace("0", "O")) == code


@pytest.mark.parametrize("code", SOME[:8])
def test_every_wrong_character_and_every_swap_is_noticed(code: str) -> None:
    for place, other in itertools.product(range(LENGTH), ALPHABET):
        if code[place] != other:
            assert not is_good(code[:place] + other + code[place + 1 :])
    for left, right in itertools.combinations(range(LENGTH), 2):
        if code[left] != code[right]:
            swapped = list(code)
            swapped[left], swapped[right] = code[right], code[left]
            assert not is_good("".join(swapped))


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("", "length"),
        ("7Q2M-XK4D-9HPA", "length"),
        ("7Q2M-XK4D-9HPA-RR", "length"),
        ("-" * 65, "length"),
        ("7Q2M-XK4D-9HPU-R", "character"),
        ("7Q2M-XK4D-9HP中-R", "character"),
        ("7Q2M-XK4D-9HP\u0130-R", "character"),
        ("7Q2M-XK4D-9HPA-Z", "check_character"),
    ],
)
def test_what_is_no_code(written: str, reason: str) -> None:
    with pytest.raises(CouponCodeMalformed) as caught:
        coupon_code.parse(written)
    assert caught.value.data == {"reason": reason}


def test_a_list_tells_every_faulty_line() -> None:
    good, other = coupon_code.shown(SOME[3]), SOME[4]
    assert coupon_code_list.read([(1, good), (2, other)]) == {SOME[3]: 1, SOME[4]: 2}
    lines = [(1, good), (2, "7Q2M"), (3, other), (4, good.lower()), (5, "U" * 13)]
    with pytest.raises(CouponCodesRefused) as caught:
        coupon_code_list.read(lines)
    assert caught.value.data == {
        "faults": 3,
        "lines": [
            {"line": 2, "reason": "length"},
            {"line": 4, "reason": "repeated"},
            {"line": 5, "reason": "character"},
        ],
    }


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("A\nB\n", [(1, "A"), (2, "B")]),
        ("\ufeff序号,券码,使用时间\r\n1,A,\r\n\r\n2,B,\r\n", [(2, "A"), (4, "B")]),
        ("\n\nserial,Code\n1,A\n2\n3, B \n", [(4, "A"), (6, " B ")]),
        ('"A",x\n"B\nC",y\n', [(1, "A"), (3, "B\nC")]),
        ("", []),
    ],
)
def test_csv_keeps_the_lines_of_the_file(text: str, lines: list[tuple[int, str]]) -> None:
    assert coupon_code_list.read_csv(text) == lines


def test_a_text_that_is_no_csv() -> None:
    with pytest.raises(CouponCodesRefused) as caught:
        coupon_code_list.read_csv('A\n"' + "x" * 140_000)
    assert caught.value.data["lines"][0]["reason"] == "unreadable"


def test_many_faults_are_counted_and_some_told() -> None:
    with pytest.raises(CouponCodesRefused) as caught:
        coupon_code_list.read((number, "x") for number in range(1, 501))
    assert (caught.value.data["faults"], len(caught.value.data["lines"])) == (500, coupon_code_list.MAX_TOLD)
