"""The code on a printed coupon: 12 characters of Crockford's base 32 (60 bits, beyond guessing) and one that checks them.

docs/domain/coupon-codes.md
"""

import unicodedata
from typing import Final

from app.errors import CouponCodeMalformed

# Without I, L, O (read as 1, 1, 0) and U, which is left out so that no code spells a word.
ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
BODY: Final = 12
LENGTH: Final = BODY + 1
GROUP: Final = 4
BITS: Final = 5 * BODY
# What people write between and around groups is no part of a code.
MAX_WRITTEN_LENGTH: Final = 64

_READ_AS: Final = str.maketrans({"I": "1", "L": "1", "O": "0"})
# U+2010 to U+2015 and the minus sign: word processors make them of a plain dash.
_BETWEEN: Final = frozenset(" -\t_·.—–‐‑‒―−")
_VALUES: Final = {character: value for value, character in enumerate(ALPHABET)}


def of_number(number: int) -> str:
    """The code of a number below 2⁶⁰, as it is kept: without dashes."""
    if not 0 <= number < 1 << BITS:
        raise ValueError("a code has 60 bits")
    body = "".join(ALPHABET[number >> shift & 31] for shift in range(BITS - 5, -1, -5))
    return body + check_character(body)


def check_character(body: str) -> str:
    """What follows these characters: one wrong character and a swap of neighbours are always noticed.

    The body is a polynomial over GF(32) taken at a generator, times that generator.
    """
    total = 0
    for character in body:
        total = _doubled(total ^ _VALUES[character])
    return ALPHABET[total]


def parse(written: str) -> str:
    """Read a code as people type it: any case, dashes or none, full-width, I and L for 1, O for 0.

    Returns the 13 characters. Raises CouponCodeMalformed(reason: length, character, check_character).
    """
    if len(written) > MAX_WRITTEN_LENGTH:
        raise CouponCodeMalformed(reason="length")
    plain = unicodedata.normalize("NFKC", written).upper()
    code = "".join(one for one in plain if one not in _BETWEEN).translate(_READ_AS)
    if len(code) != LENGTH:
        raise CouponCodeMalformed(reason="length")
    if any(character not in _VALUES for character in code):
        raise CouponCodeMalformed(reason="character")
    if check_character(code[:BODY]) != code[BODY]:
        raise CouponCodeMalformed(reason="check_character")
    return code


def shown(code: str) -> str:
    """As it is printed: "7Q2M-XK4D-9HPA-R"."""
    return "-".join(code[start : start + GROUP] for start in range(0, LENGTH, GROUP))


def _doubled(value: int) -> int:
    """Times x in GF(2)[x] / (x⁵ + x² + 1), which is primitive: its powers of x meet every value but zero."""
    doubled = value << 1
    return doubled ^ 0b100101 if doubled & 0b100000 else doubled
