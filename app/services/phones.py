"""A phone number as it is kept: encrypted for the few who may read it, a keyed index to find it, a mask to show."""

from dataclasses import dataclass, field
from typing import Protocol

import phonenumbers

from app.errors import PhoneInvalid

# Numbers without a country code are mainland China's.
HOME_REGION = "CN"
INDEX_PURPOSE = "member.phone"
# The longest way people write an E.164 number: 15 digits with separators and a prefix.
MAX_WRITTEN_LENGTH = 32


class Sealer(Protocol):
    """The part of the vault that sealing needs."""

    def encrypt(self, plaintext: str, *, context: str) -> bytes: ...

    def blind_index(self, value: str, *, purpose: str) -> bytes: ...


@dataclass(frozen=True, slots=True)
class SealedPhone:
    """What services and the database get: never the number itself."""

    index: bytes = field(repr=False)
    cipher: bytes = field(repr=False)
    masked: str


def parse(written: str) -> str:
    """Read a number as people write it; returns E.164, as "+8613800138000". Raises PhoneInvalid."""
    if len(written) > MAX_WRITTEN_LENGTH:
        raise PhoneInvalid
    try:
        number = phonenumbers.parse(written, HOME_REGION)
    except phonenumbers.NumberParseException:
        raise PhoneInvalid from None
    if not phonenumbers.is_valid_number(number) or number.extension:
        raise PhoneInvalid
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def mask(e164: str) -> str:
    """ "138****8000"; numbers abroad keep their country code: "+44****3456"."""
    number = phonenumbers.parse(e164)
    national = phonenumbers.national_significant_number(number)
    if number.country_code == 86 and len(national) == 11:
        return f"{national[:3]}****{national[-4:]}"
    # Short foreign numbers must not be shown whole: at most the last four, never more than a third.
    tail = national[-min(4, len(national) // 3) :]
    return f"+{number.country_code}****{tail}"


def index_of(e164: str, *, vault: Sealer) -> bytes:
    """What a number is found by."""
    return vault.blind_index(e164, purpose=INDEX_PURPOSE)


def cipher_context(index: bytes) -> str:
    """Ties a cipher to the index beside it, so that it can move with its phone to a merged member but not elsewhere."""
    return f"member.phone:{index.hex()}"


def seal(e164: str, *, vault: Sealer) -> SealedPhone:
    """Prepare a parsed number for keeping."""
    index = index_of(e164, vault=vault)
    return SealedPhone(index=index, cipher=vault.encrypt(e164, context=cipher_context(index)), masked=mask(e164))
