"""The signed text, byte by byte, and what must not pass for a signature."""

import hashlib
import hmac

import pytest

from app.rules import request_signature
from app.rules.request_signature import Signature, canonical, is_fresh, is_proven, read, sign

SECRET = "s3cret"
NONCE = "n" * 16
REQUEST = {"method": "POST", "target": "/api/partner/v1/purchases?a=1", "body": b'{"x":1}'}


def signed(**changes: object) -> Signature:
    asked = {**REQUEST, "timestamp": 1_795_000_000, "nonce": NONCE, **changes}
    value = sign(SECRET, canonical(**asked))  # type: ignore[arg-type]
    return Signature("k", 1_795_000_000, NONCE, value)


def headers(**changes: str) -> dict[str, str]:
    given = {"Key": "pk_1", "Timestamp": "1795000000", "Nonce": NONCE, "Signature": "a" * 64, **changes}
    return {f"Huitou-{name}": value for name, value in given.items()}


def test_the_signed_text_is_five_lines() -> None:
    text = canonical(method="POST", target="/a?b=1", timestamp=17, nonce=NONCE, body=b"{}")
    body_hash = hashlib.sha256(b"{}").hexdigest()
    assert text == f"POST\n/a?b=1\n17\n{NONCE}\n{body_hash}".encode()
    assert sign(SECRET, text) == hmac.new(b"s3cret", text, "sha256").hexdigest()


def test_the_very_request_is_proven() -> None:
    assert is_proven(signed(), SECRET, **REQUEST)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "changes",
    [
        {"method": "GET"},
        {"method": "post"},
        {"target": "/api/partner/v1/purchases"},
        {"target": "/api/partner/v1/purchases?a=2"},
        {"body": b'{"x":2}'},
        {"body": b'{"x":1} '},
        {"body": b""},
        {"timestamp": 1_795_000_001},
        {"nonce": "m" * 16},
    ],
    ids=str,
)
def test_any_other_request_is_not(changes: dict[str, object]) -> None:
    assert not is_proven(signed(**changes), SECRET, **REQUEST)  # type: ignore[arg-type]


def test_another_secret_is_not() -> None:
    assert not is_proven(signed(), "s3cret2", **REQUEST)  # type: ignore[arg-type]


def test_well_formed_headers_are_read() -> None:
    assert read(headers()) == Signature("pk_1", 1_795_000_000, NONCE, "a" * 64)


@pytest.mark.parametrize(
    "changes",
    [
        {"Key": ""},
        {"Key": "k" * 65},
        {"Key": "k k"},
        {"Key": "k\n"},
        {"Timestamp": ""},
        {"Timestamp": "-1"},
        {"Timestamp": "1795000000.0"},
        {"Timestamp": "1" * 13},
        {"Timestamp": "１７９５００００００"},
        {"Timestamp": " 1795000000"},
        {"Nonce": "n" * 15},
        {"Nonce": "n" * 65},
        {"Nonce": "n" * 16 + ","},
        {"Nonce": "é" * 16},
        {"Signature": "a" * 63},
        {"Signature": "A" * 64},
        {"Signature": "g" * 64},
        {"Signature": "a" * 64 + "\n"},
    ],
    ids=repr,
)
def test_odd_headers_are_no_signature(changes: dict[str, str]) -> None:
    assert read(headers(**changes)) is None
    name = next(iter(changes))
    missing = {key: value for key, value in headers().items() if key != f"Huitou-{name}"}
    assert read(missing) is None


@pytest.mark.parametrize(("seconds", "fresh"), [(0, True), (300, True), (-300, True), (301, False), (-301, False)])
def test_a_signature_is_good_for_five_minutes_to_either_side(seconds: int, fresh: bool) -> None:
    assert is_fresh(signed(), at=1_795_000_000 + seconds) is fresh
    assert request_signature.ALLOWED_SECONDS == 300
