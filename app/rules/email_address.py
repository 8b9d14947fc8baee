"""An e-mail address as people write it, in one form; whether it is theirs only a code sent to it can tell."""

import re
from typing import Final

# RFC 5321: 64 before the @, 254 in all. Quoted local parts and addresses by number are nobody's in a shop.
MOST_CHARACTERS: Final = 254
MOST_LOCAL: Final = 64

_LOCAL: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_TOP: Final = re.compile(r"[a-z][a-z0-9-]{0,61}[a-z0-9]")


def parse(written: str) -> str | None:
    """The address with its domain in ASCII and small letters; None when it is none."""
    local, at, domain = written.strip().rpartition("@")
    if not at or len(local) > MOST_LOCAL or not _LOCAL.fullmatch(local):
        return None
    try:
        domain = domain.lower().encode("idna").decode("ascii")
    except UnicodeError:
        return None
    *labels, top = domain.split(".")
    if not labels or not _TOP.fullmatch(top) or not all(_LABEL.fullmatch(label) for label in labels):
        return None
    address = f"{local}@{domain}"
    return address if len(address) <= MOST_CHARACTERS else None


def key_of(address: str) -> str:
    """What two writings of one box have in common: no provider a shop's customers use minds capitals."""
    return address.lower()


def mask(address: str) -> str:
    """ "l***@example.com": enough for its owner to know it again."""
    local, _, domain = address.rpartition("@")
    return f"{local[0]}***@{domain}"
