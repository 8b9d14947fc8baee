"""Keeps personal data unreadable at rest and random tokens unguessable. The keys come from the environment and never
appear in an error, a repr or a log line."""

import base64
import binascii
import hashlib
import hmac
import re
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.errors import Unavailable

FORMAT = b"\x01"  # first byte of every ciphertext, so that a later layout can be told apart
NONCE_BYTES = 12  # AES-GCM's native nonce
KEY_BYTES = 32  # AES-256
MIN_INDEX_KEY_BYTES = 32
TOKEN_BYTES = 24  # 192 bits: beyond guessing, 32 url-safe characters

_KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")


class SecretUnreadable(Unavailable):
    """The stored bytes were changed, belong to another context, or their key is gone."""

    code = "secret_unreadable"


class Vault:
    """Encrypts with the first key of `vault_keys`, decrypts with any of them; blind indexes use a key of their own."""

    def __init__(self, vault_keys: str, blind_index_key: str) -> None:
        """`vault_keys` "k1:<base64 of 32 bytes>,k0:<…>", `blind_index_key` base64 of ≥ 32 bytes. Errors: ValueError."""
        self._keys = _parse_keys(vault_keys)
        self._current = next(iter(self._keys))
        self._index_key = _decode_key(blind_index_key, what="BLIND_INDEX_KEY")
        if len(self._index_key) < MIN_INDEX_KEY_BYTES:
            raise ValueError("BLIND_INDEX_KEY must be the base64 of at least 32 bytes")

    def __repr__(self) -> str:
        return f"<Vault keys={list(self._keys)}>"

    @property
    def current_key_id(self) -> str:
        return self._current

    def encrypt(self, plaintext: str, *, context: str) -> bytes:
        """Encrypt; `context` (such as "member.phone:17") must be given again to decrypt, so rows cannot be swapped."""
        header = FORMAT + bytes([len(self._current)]) + self._current.encode("ascii")
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = AESGCM(self._keys[self._current]).encrypt(nonce, _bytes(plaintext), header + _bytes(context))
        return header + nonce + sealed

    def decrypt(self, blob: bytes, *, context: str) -> str:
        """Return the plaintext. Errors: SecretUnreadable."""
        header, key_id, rest = _split(bytes(blob))
        key = self._keys.get(key_id)
        if key is None:
            raise SecretUnreadable(reason="unknown_key", key_id=key_id)
        try:
            plain = AESGCM(key).decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], header + _bytes(context))
        except (InvalidTag, ValueError):
            raise SecretUnreadable(reason="damaged_or_wrong_context", key_id=key_id) from None
        return plain.decode("utf-8", "surrogatepass")

    def key_id_of(self, blob: bytes) -> str:
        """Say which key sealed these bytes: rows whose key is not `current_key_id` wait for re-encryption."""
        return _split(bytes(blob))[1]

    def blind_index(self, value: str, *, purpose: str) -> bytes:
        """32 bytes to look an encrypted value up by; different purposes never match each other."""
        # The length prefix keeps ("a", "bc") and ("ab", "c") apart.
        label = _bytes(purpose)
        return hmac.digest(self._index_key, len(label).to_bytes(4, "big") + label + _bytes(value), "sha256")


def new_token() -> str:
    """A fresh url-safe bearer token; store only its `token_hash`."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def token_hash(token: str) -> bytes:
    """32 bytes to store and look up. A plain hash is enough because the token itself is random."""
    return hashlib.sha256(_bytes(token)).digest()


def equal(left: str | bytes, right: str | bytes) -> bool:
    """Compare without telling by the time taken where the difference is."""
    return hmac.compare_digest(_bytes(left), _bytes(right))


def _bytes(value: str | bytes) -> bytes:
    # A lone surrogate in hostile input must end as "no match", not as an exception.
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else bytes(value)


def _parse_keys(text: str) -> dict[str, bytes]:
    keys: dict[str, bytes] = {}
    for part in text.split(","):
        key_id, _, encoded = part.strip().partition(":")
        if not _KEY_ID.fullmatch(key_id):
            raise ValueError('VAULT_KEYS must look like "k1:<base64>,k0:<base64>"')
        if key_id in keys:
            raise ValueError(f"VAULT_KEYS names key {key_id!r} twice")
        keys[key_id] = _decode_key(encoded, what=f"VAULT_KEYS, key {key_id!r},")
        if len(keys[key_id]) != KEY_BYTES:
            raise ValueError(f"VAULT_KEYS, key {key_id!r}, must be the base64 of exactly 32 bytes")
    return keys


def _decode_key(encoded: str, *, what: str) -> bytes:
    try:
        return base64.b64decode(encoded.strip(), altchars=b"-_" if set("-_") & set(encoded) else None, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError(f"{what} is not valid base64") from None


def _split(blob: bytes) -> tuple[bytes, str, bytes]:
    size = blob[1] if len(blob) > 1 else 0
    header, rest = blob[: 2 + size], blob[2 + size :]
    if not size or header[:1] != FORMAT or len(header) != 2 + size or len(rest) < NONCE_BYTES + 16:
        raise SecretUnreadable(reason="not_a_ciphertext")
    return header, header[2:].decode("ascii", "replace"), rest
