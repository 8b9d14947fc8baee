"""What a clerk types: yuan as people write them, and whether a line in the one input is a bill rather than a code."""

import re
from decimal import Decimal

from blueprints.pages.words import fen_of

# What an input method makes of figures.
_ASCII = str.maketrans("０１２３４５６７８９．，￥　", "0123456789.,¥ ")
_YUAN = re.compile(r"^[¥+]?\s*(\d{1,8}|\d{1,3}(,\d{3}){1,2})(\.\d{0,2})?$")
# With a sign or a point no one takes it for the end of a phone.
_BILL = re.compile(r"^([¥+]\s*[\d,]+(\.\d{0,2})?|[\d,]+\.\d{0,2})$")
_MEMBER_CODE = re.compile(r"^[\d\s-]{20,}$")


class NotYuan(ValueError):
    """Not an amount of money."""


def read_fen(written: str | None) -> int | None:
    """Typed yuan as fen; nothing → None. Raises NotYuan."""
    plain = (written or "").translate(_ASCII).strip()
    if not plain:
        return None
    if not _YUAN.match(plain):
        raise NotYuan(plain)
    return fen_of(Decimal(plain.lstrip("¥+").strip().replace(",", "")))


def whole(written: str) -> int:
    """A whole number that a page of ours put into its form; 0 for anything else, which the API refuses where it is money."""
    return int(written) if written.isascii() and written.isdigit() and len(written) < 12 else 0


def is_bill(written: str) -> bool:
    """Whether it is an amount rather than a code: "58.00", "¥58", "+58"."""
    plain = written.translate(_ASCII).strip()
    return bool(_BILL.match(plain)) and bool(_YUAN.match(plain))


def is_member_code(written: str) -> bool:
    """Whether it looks like the twenty digits of a member code; the API says whether it is one."""
    plain = written.translate(_ASCII)
    return bool(_MEMBER_CODE.match(plain)) and sum(one.isdigit() for one in plain) == 20


def plain(written: str) -> str:
    """Without what an input method or a gun puts around it."""
    return written.translate(_ASCII).strip()
