"""Keys of partners, and requests signed with them the way docs/partner-api.md says."""

import itertools
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.actor import Actor
from app.models import Store
from app.rules import request_signature
from app.services import partner_keys
from app.wiring import parts
from tests.conftest import NOON

PARTNER = "/api/partner/v1"

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Signer:
    """A system that holds a key; `public_id` is the key's at the console."""

    key_id: str
    secret: str
    public_id: Any = None

    def headers(
        self, method: str, target: str, body: bytes = b"", *, now: datetime = NOON, nonce: str | None = None
    ) -> dict[str, str]:
        """The four headers for this very request; a fresh nonce unless told."""
        nonce = nonce or f"nonce-{next(_numbers):012d}"
        timestamp = int(now.timestamp())
        signed = request_signature.canonical(method=method, target=target, timestamp=timestamp, nonce=nonce, body=body)
        return {
            "Huitou-Key": self.key_id,
            "Huitou-Timestamp": str(timestamp),
            "Huitou-Nonce": nonce,
            "Huitou-Signature": request_signature.sign(self.secret, signed),
        }

    def send(
        self, client: Any, method: str, path: str, body: Any = None, *, now: datetime = NOON, **headers: str
    ) -> Any:
        """A signed request below the door; `body` becomes JSON."""
        data = b"" if body is None else json.dumps(body).encode()
        more = {} if body is None else {"data": data, "content_type": "application/json"}
        target = PARTNER + path
        plain = {name.replace("_", "-"): value for name, value in headers.items()}
        return client.open(
            target, method=method, headers={**self.headers(method, target, data, now=now), **plain}, **more
        )


def make_key(*, channel: str = "tmall", store: Store | None = None, now: datetime = NOON) -> Signer:
    """A key made through the real service."""
    new = partner_keys.create(
        name="天猫旗舰店",
        channel=channel,
        store_id=None if store is None else store.public_id,
        vault=parts().vault,
        actor=Actor.system(),
        now=now,
    )
    return Signer(new.view.key.key_id, new.secret, new.view.key.public_id)
