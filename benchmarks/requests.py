"""The requests that are measured, as raw text: who asks, what, with a fresh key each."""

import json
import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime

from app.rules import request_signature


def hello() -> str:
    """The plainest route there is."""
    return "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"


def check_in(member_id: int) -> str:
    """A member's check-in, with the token and a fresh idempotency key."""
    return post("/api/mini/v1/check-ins", headers=_once(f"bench-{member_id}"))


def claim(member_id: int, *, batch: str) -> str:
    """A member takes a copy of the batch with this public id."""
    return post(f"/api/mini/v1/coupon-batches/{batch}/claims", headers=_once(f"bench-{member_id}"))


def scan(code: str, *, token: str) -> str:
    """A clerk scans a member code."""
    return _post_json("/api/store/v1/visits", {"Authorization": f"Bearer {token}"}, {"member_code": code})


def redeem(visit_id: str, *, coupon_id: str, token: str) -> str:
    """A clerk settles a bill of 88 yuan with a coupon of ten."""
    return _post_json(
        "/api/store/v1/checkouts", _once(token), {"visit_id": visit_id, "coupon_ids": [coupon_id], "bill_fen": 8800}
    )


@dataclass(frozen=True)
class Partner:
    """The key a sales channel signs with."""

    id: int
    key_id: str
    secret: str

    def purchase(self, member_id: int, *, order_no: str) -> str:
        """A bill of 88 yuan, reported and signed."""
        body = json.dumps(
            {
                "order_no": order_no,
                "occurred_at": datetime.now(UTC).isoformat(),
                "bill_fen": 8800,
                "lines": [{"sku": "SKU-1", "category": "category-1", "quantity": 1, "amount_fen": 8800}],
                "buyer": {"external_id": f"customer-{member_id}"},
            }
        )
        path, stamp, nonce = "/api/partner/v1/purchases", int(time.time()), secrets.token_hex(16)
        signed = request_signature.canonical(
            method="POST", target=path, timestamp=stamp, nonce=nonce, body=body.encode()
        )
        headers = {
            request_signature.KEY_HEADER: self.key_id,
            request_signature.TIME_HEADER: str(stamp),
            request_signature.NONCE_HEADER: nonce,
            request_signature.SIGNATURE_HEADER: request_signature.sign(self.secret, signed),
            "Content-Type": "application/json",
        }
        return post(path, headers=headers, body=body)


def post(path: str, *, headers: dict[str, str], body: str = "") -> str:
    """A POST, ready for the wire."""
    lines = [f"{name}: {value}" for name, value in headers.items()]
    head = "\r\n".join((f"POST {path} HTTP/1.1", "Host: localhost", *lines, f"Content-Length: {len(body.encode())}"))
    return f"{head}\r\n\r\n{body}"


def _once(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", "Idempotency-Key": secrets.token_hex(16)}


def _post_json(path: str, headers: dict[str, str], value: dict[str, object]) -> str:
    return post(path, headers={**headers, "Content-Type": "application/json"}, body=json.dumps(value))
