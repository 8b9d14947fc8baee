"""Third part of the story: an online shop reports an order of somebody it knows by phone only."""

import hashlib
import hmac
import json
import uuid
from dataclasses import dataclass
from typing import Any

import requests

from demo.people import TIMEOUT_SECONDS, Answer, Client, Customer
from demo.stage import Stage

DOOR = "/api/partner/v1"
PHONE = "13900005678"
POINTS = (
    "SELECT coalesce(sum(points_balance - points_owed), 0) FROM member_account JOIN member_identity USING (member_id) "
    "WHERE kind = 'openid' AND value = %s"
)
STATUS = "SELECT status FROM purchase WHERE order_no = 'T-1001'"


@dataclass
class Shop:
    """An online shop's server with its key: every request is signed as docs/partner-api.md says."""

    web_url: str
    key_id: str
    secret: str

    def call(self, method: str, path: str, body: Any, *, at: int, nonce: str | None = None) -> Answer:
        """One signed request at Unix time `at`."""
        data, nonce = json.dumps(body).encode(), nonce or uuid.uuid4().hex
        lines = (method, DOOR + path, str(at), nonce, hashlib.sha256(data).hexdigest())
        signature = hmac.new(self.secret.encode(), "\n".join(lines).encode(), hashlib.sha256).hexdigest()
        response = requests.request(
            method,
            self.web_url + DOOR + path,
            data=data,
            headers={
                "Content-Type": "application/json",
                "Huitou-Key": self.key_id,
                "Huitou-Timestamp": str(at),
                "Huitou-Nonce": nonce,
                "Huitou-Signature": signature,
            },
            timeout=TIMEOUT_SECONDS,
        )
        return Answer(response.status_code, response.json())


@dataclass
class Channels:
    """The order waits, finds its buyer, and is partly returned."""

    stage: Stage
    owner: Client
    customer: Customer

    def play(self) -> None:
        """All of it."""
        stage, tell = self.stage, self.stage.tell
        tell.chapter("线上订单找到会员", "An online order finds its member")
        key = self.owner.post("/partner-keys", {"name": "天猫旗舰店", "channel": "tmall"})
        shop = Shop(stage.stack.web_url, key["key_id"], key["secret"])
        order = {
            "order_no": "T-1001",
            "occurred_at": stage.clock.now().isoformat(),
            "bill_fen": 20_000,
            "lines": [{"sku": "TEA-01", "category": "tea", "quantity": 2, "amount_fen": 20_000}],
            "buyer": {"phone": PHONE},
        }
        now = int(stage.clock.now().timestamp())
        forged = Shop(shop.web_url, shop.key_id, "0" * len(shop.secret))
        tell.check(
            "伪造签名 a forged signature", forged.call("POST", "/purchases", order, at=now).code, "signature_invalid"
        )
        nonce = uuid.uuid4().hex
        first = shop.call("POST", "/purchases", order, at=now, nonce=nonce)
        tell.check("订单等待会员 the order waits", (first.status, first.json["status"]), (202, "waiting"))
        again = shop.call("POST", "/purchases", order, at=now, nonce=nonce)
        tell.check("重放同一请求 the same request again", again.code, "nonce_reused")
        self._turn_up()
        stage.wait_for("the order to be claimed", lambda: stage.query(STATUS) == "paid")
        earned = shop.call("POST", "/purchases", order, at=now).json
        tell.check("订单已归入会员 claimed", (earned["status"], earned["matched"]), ("paid", True))
        before = stage.query(POINTS, self.customer.openid)
        refund = {"order_no": "T-1001", "refund_no": "R-1", "amount_fen": 5_000}
        shop.call("POST", "/refunds", refund, at=now)
        twice = shop.call("POST", "/refunds", refund, at=now).json
        taken = twice["purchase"]["points_taken_back"]
        tell.check("退四分之一只算一次 a quarter returned, once", twice["purchase"]["refunded_fen"], 5_000)
        tell.check("积分按比例收回 points taken back", before - stage.query(POINTS, self.customer.openid), taken)
        tell.ensure("不少于四分之一 at least a quarter", taken * 4 >= earned["points_earned"], taken)

    def _turn_up(self) -> None:
        stage, tell = self.stage, self.stage.tell
        terms = stage.query("SELECT membership_terms_version FROM programme")
        self.customer.join(terms)
        self.customer.prove_phone(PHONE)
        tell.say(f"{self.customer.name} 入会并验证手机号 · joins and proves the phone")
