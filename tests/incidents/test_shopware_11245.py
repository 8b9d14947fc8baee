"""Shopware #11245 (2025): requests whose last bytes arrive in one packet all found the voucher unused.

Here sixteen bills, and sixteen claims, are sent but for their last byte to real servers, and those bytes together: one bill
has the discount, one claim the copy, and the others are told so."""

import json
import socket
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from http.client import HTTPResponse
from pathlib import Path
from typing import Any

from app import clock
from app.transaction import transaction
from embedded.ports import LOOPBACK
from tests.concurrency.identity_calls import one
from tests.concurrency.race import assert_verified
from tests.conftest import CommittedDatabase
from tests.factories import members, staff
from tests.factories.coupons import give_coupon, make_batch, make_template
from tests.incidents.desk import Desk
from tests.web_server import serving

AT_ONCE = 16
PATIENCE_SECONDS = 60.0

Request = tuple[str, Mapping[str, str], Mapping[str, Any]]


def bytes_of(request: Request) -> bytes:
    path, signed_in, body = request
    content = json.dumps(body).encode()
    headers = {
        **signed_in,
        "Host": LOOPBACK,
        "Idempotency-Key": str(uuid.uuid4()),
        "Content-Type": "application/json",
        "Content-Length": str(len(content)),
        "Connection": "close",
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST {path} HTTP/1.1\r\n{head}\r\n".encode() + content


def burst(port: int, requests: Sequence[Request]) -> Counter[str]:
    """Everything but the last byte of each, then the last bytes; how they ended: "201", or the error's code."""
    with ExitStack() as stack:
        lines = [stack.enter_context(socket.create_connection((LOOPBACK, port), PATIENCE_SECONDS)) for _ in requests]
        whole = [bytes_of(request) for request in requests]
        for line, content in zip(lines, whole, strict=True):
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            line.sendall(content[:-1])
        for line, content in zip(lines, whole, strict=True):
            line.sendall(content[-1:])
        return Counter(ended(line) for line in lines)


def ended(line: socket.socket) -> str:
    answer = HTTPResponse(line)
    answer.begin()
    content = json.loads(answer.read())
    return str(answer.status) if answer.status == 201 else str(content["error"]["code"])


def test_last_bytes_together_and_one_of_each(committed_db: CommittedDatabase, tmp_path: Path) -> None:
    now = clock.utc_now()
    with committed_db.session(), transaction():
        desk, member = Desk.make(), members.make_member(now=now)
        batch = make_batch(make_template(now=now), stock=100, now=now)
        coupon = give_coupon(member, now=now)
        at_counter = staff.sign_in(desk.clerk, store=desk.store, now=now)
        at_home = members.sign_in(member, now=now)
        visits = [desk.visit(member, now=now) for _ in range(AT_ONCE)]
    bill = {"coupon_id": str(coupon.public_id), "bill_fen": 8_000}
    bills: list[Request] = [
        ("/api/store/v1/redemptions", at_counter, {**bill, "visit_id": str(visit)}) for visit in visits
    ]
    claims: list[Request] = [(f"/api/mini/v1/coupon-batches/{batch.public_id}/claims", at_home, {})] * AT_ONCE
    with serving(committed_db.environment, folder=tmp_path, workers=2) as server:
        assert burst(server.port, bills) == {"201": 1, "already_redeemed": AT_ONCE - 1}
        assert burst(server.port, claims) == {"201": 1, "claim_limit_reached": AT_ONCE - 1}
    assert one(committed_db, "SELECT count(*) FROM redemption") == 1
    assert one(committed_db, "SELECT count(*) FROM coupon WHERE batch_id = :id", id=batch.id) == 1
    assert_verified(committed_db)
