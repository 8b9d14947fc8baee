"""Odoo: the code of a loyalty card has 32 random bits, few enough to be guessed among many cards.

Here a coupon is nobody's because of its name: its id has 74 random bits, only its owner's session or a scan of its owner's code
opens it, and what a device draws member codes from is a secret of 160 bits. What does go from hand to hand, a printed code, has
60, drawn with a key that is not in the database."""

from collections import Counter
from datetime import datetime

from sqlalchemy.orm import Session

from app.models.types import new_public_id
from app.rules import coupon_code
from app.services import coupon_codes, member_codes
from app.wiring import parts
from tests.factories.members import make_member

MANY = 4_096
SIX_SIGMA = 6 * MANY**0.5 / 2
RANDOM_BITS = 74
# The six bits of version and variant, and the milliseconds, are known to everybody.
KNOWN = (0xFFFF_FFFF_FFFF << 80) | (0xF << 76) | (0b11 << 62)


def test_ids_of_coupons_cannot_be_guessed_from_each_other() -> None:
    drawn = [new_public_id().int & ~KNOWN for _ in range(MANY)]
    assert len(set(drawn)) == MANY
    assert KNOWN.bit_count() == 128 - RANDOM_BITS
    # Each of the other bits is as often set as not, within six standard deviations.
    for place in (bit for bit in range(128) if not KNOWN >> bit & 1):
        ones = sum(value >> place & 1 for value in drawn)
        assert abs(ones - MANY // 2) < SIX_SIGMA, place


def test_printed_codes_cannot_be_guessed_from_each_other(db_session: Session, now: datetime) -> None:
    run, vault = new_public_id(), parts().vault
    drawn = [coupon_codes.draw(run, serial, vault=vault)[: coupon_code.BODY] for serial in range(MANY)]
    assert len(set(drawn)) == MANY
    assert coupon_code.BITS >= 60
    # Serials follow each other, the codes do not: every character of the alphabet at every place, evenly.
    for place in range(coupon_code.BODY):
        counts = Counter(code[place] for code in drawn)
        assert set(counts) == set(coupon_code.ALPHABET), place
        assert max(counts.values()) < 2 * MANY / len(coupon_code.ALPHABET), place


def test_the_secret_of_a_member_code_has_160_bits_and_no_two_alike(db_session: Session, now: datetime) -> None:
    members = [make_member() for _ in range(3)]
    vault = parts().vault
    secrets = {member_codes.secret_bytes(m.code_number, m.code_secret_cipher, vault=vault) for m in members}
    assert {len(secret) * 8 for secret in secrets} == {160}
    assert len(secrets) == 3
