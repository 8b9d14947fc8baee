"""The member code: 20 digits that name a member for one step of time. The format is published in
docs/domain/member-code.md, because the mini-program draws the same digits."""

import hmac
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.errors import MemberCodeMalformed

# Not a country, book or weight prefix of our shops' own labels, so the counter can tell a member code from goods.
PREFIX = "28"
NUMBER_DIGITS = 9
OTP_DIGITS = 8
# Even, because Code 128 set C packs two digits into one symbol.
LENGTH = len(PREFIX) + NUMBER_DIGITS + OTP_DIGITS + 1

STEP_SECONDS = 30
# A device clock slightly ahead of ours may show the next step already.
EARLY_SECONDS = 5
# Time to find the scanner: a code lives at most 5 + 30 + 15 = 50 s, under the promised 60.
LATE_SECONDS = 15

# Damm's quasigroup of order 10: catches every single wrong digit and every swap of neighbours.
_DAMM = (
    "0317598642",
    "7092154863",
    "4206871359",
    "1750983426",
    "6123045978",
    "3674209581",
    "5869720134",
    "8945362017",
    "9438617205",
    "2581436790",
)


@dataclass(frozen=True, slots=True)
class MemberCode:
    """A well-formed code: whom it names and the one-time part to be proven."""

    number: str
    otp: str = field(repr=False)


def parse(text: str) -> MemberCode:
    """Read what a scan gun typed; blanks between groups are allowed. Raises MemberCodeMalformed."""
    digits = text.replace(" ", "")
    if len(digits) != LENGTH or not (digits.isascii() and digits.isdigit()):
        raise MemberCodeMalformed(reason="not_a_member_code", length=LENGTH)
    if not digits.startswith(PREFIX):
        raise MemberCodeMalformed(reason="not_a_member_code", length=LENGTH)
    if _damm(digits) != 0:
        raise MemberCodeMalformed(reason="check_digit")
    start = len(PREFIX)
    return MemberCode(digits[start : start + NUMBER_DIGITS], digits[start + NUMBER_DIGITS : -1])


def draw(number: str, secret: bytes, *, step: int) -> str:
    """The 20 digits a device shows during `step`."""
    body = PREFIX + number + one_time_part(secret, step=step)
    return f"{body}{_damm(body)}"


def step_at(at: datetime) -> int:
    """Whole steps of 30 s since 1970 at an aware instant."""
    return int(at.timestamp()) // STEP_SECONDS


def one_time_part(secret: bytes, *, step: int) -> str:
    """RFC 4226's dynamic truncation of HMAC-SHA-256 over the step as eight big-endian bytes, to eight digits."""
    digest = hmac.digest(secret, step.to_bytes(8, "big"), "sha256")
    offset = digest[-1] & 0x0F
    value = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFF_FFFF
    return str(value % 10**OTP_DIGITS).zfill(OTP_DIGITS)


def matching_step(code: MemberCode, secret: bytes, *, at: datetime) -> int | None:
    """The step the code was drawn in, when that step may be shown at `at`; None for any other moment or secret."""
    first = step_at(at - timedelta(seconds=LATE_SECONDS))
    last = step_at(at + timedelta(seconds=EARLY_SECONDS))
    found = None
    # Every candidate is compared, so that the time taken tells nothing.
    for step in range(first, last + 1):
        if hmac.compare_digest(one_time_part(secret, step=step), code.otp):
            found = step
    return found


def _damm(digits: str) -> int:
    interim = 0
    for digit in digits:
        interim = int(_DAMM[interim][int(digit)])
    return interim
