"""Signing and encrypting pushes, written from the platform's description alone so that it checks the receiving side."""

import base64
import hashlib
import os
import struct

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK = 32  # WeChat pads to 32 bytes although AES blocks are 16


def signature(*parts: str) -> str:
    """SHA-1 hex of the sorted, joined parts."""
    return hashlib.sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()


def encrypt(message: str, *, aes_key: str, appid: str, prefix: bytes | None = None) -> str:
    """Base64 of AES-256-CBC over 16 random bytes, the length, the message and the app id."""
    key = _key(aes_key)
    content = message.encode()
    plain = (prefix or os.urandom(16)) + struct.pack(">I", len(content)) + content + appid.encode()
    padding = BLOCK - len(plain) % BLOCK
    plain += bytes([padding]) * padding
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    return base64.b64encode(encryptor.update(plain) + encryptor.finalize()).decode()


def decrypt(encrypted: str, *, aes_key: str) -> tuple[str, str]:
    """Return message and app id; raise ValueError for anything that was not made with this key."""
    key = _key(aes_key)
    decryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).decryptor()
    plain = decryptor.update(base64.b64decode(encrypted, validate=True)) + decryptor.finalize()
    padding = plain[-1] if plain else 0
    if not 1 <= padding <= BLOCK or plain[-padding:] != bytes([padding]) * padding:
        raise ValueError("bad padding")
    body = plain[16:-padding]
    if len(body) < 4:
        raise ValueError("too short")
    (length,) = struct.unpack(">I", body[:4])
    if length > len(body) - 4:
        raise ValueError("bad length")
    return body[4 : 4 + length].decode(), body[4 + length :].decode()


def _key(aes_key: str) -> bytes:
    key = base64.b64decode(aes_key + "=", validate=True)
    if len(key) != 32:
        raise ValueError("an EncodingAESKey has 43 characters")
    return key
