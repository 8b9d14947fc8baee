"""What a member's device draws codes from: a number that names the member and a secret kept encrypted."""

import base64
import secrets
from dataclasses import dataclass, field
from typing import Protocol

from app.rules.member_code import NUMBER_DIGITS

# RFC 4226 asks for 160 bits; 20 bytes are 32 base32 characters without padding.
SECRET_BYTES = 20


class Vault(Protocol):
    """The part of the vault that code secrets need."""

    def encrypt(self, plaintext: str, *, context: str) -> bytes: ...

    def decrypt(self, blob: bytes, *, context: str) -> str: ...


@dataclass(frozen=True, slots=True)
class SealedCode:
    """A fresh code identity: nine random digits and the encrypted secret bound to them."""

    number: str
    cipher: bytes = field(repr=False)


def fresh(*, vault: Vault) -> SealedCode:
    """Draw a new number and secret. Numbers may collide: enrolment checks and draws again."""
    number = str(secrets.randbelow(10**NUMBER_DIGITS)).zfill(NUMBER_DIGITS)
    return SealedCode(number=number, cipher=seal(number, secrets.token_bytes(SECRET_BYTES), vault=vault))


def seal(number: str, secret: bytes, *, vault: Vault) -> bytes:
    """A secret as it is stored: readable only together with its number."""
    return vault.encrypt(base64.b32encode(secret).decode("ascii"), context=_context(number))


def secret_text(number: str, cipher: bytes, *, vault: Vault) -> str:
    """The base32 secret the member's own device gets. Raises SecretUnreadable."""
    return vault.decrypt(cipher, context=_context(number))


def secret_bytes(number: str, cipher: bytes, *, vault: Vault) -> bytes:
    """The secret as the rule computes with it. Raises SecretUnreadable."""
    return base64.b32decode(secret_text(number, cipher, vault=vault))


def _context(number: str) -> str:
    return f"member.code:{number}"
