"""The usual claim: a copy for a member who may have one, under a key nobody used; in three round trips. Asks what the door, the
key and the view ask, by their own functions."""

import re
import time
from uuid import UUID
from wsgiref.types import WSGIEnvironment

from apiflask import APIFlask

from app import clock
from app.extensions import db
from app.plain_statements import Alone
from app.services import calendars, coupons, idempotency, sessions
from app.services.idempotency import Asked, Named, StoredAnswer
from blueprints import identity, quick_answers, request_keys
from blueprints.idempotency import request_hash
from blueprints.schemas.coupons import CouponOut

PATH = re.compile(r"/api/mini/v1/coupon-batches/([0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12})/claims")
# A batch that had nothing for somebody is the application's for so long: what sold out is not asked for twice by everybody.
DRY_SECONDS = 1.0
MOST_DRY = 1_000


class QuickClaim:
    """Before `mini.coupon_batches.claim`. docs/decisions/0017-quick-answers.md"""

    endpoint = "mini.coupon_batches.claim"

    def __init__(self, app: APIFlask) -> None:
        with app.app_context():
            self._engine = db.engine
        self._dry_until: dict[UUID, float] = {}

    def takes(self, path: str) -> bool:
        """Any batch's claims."""
        return path.startswith("/api/mini/v1/coupon-batches/") and path.endswith("/claims")

    def answer(self, environ: WSGIEnvironment, body: bytes) -> str | None:
        """A CouponOut."""
        path, at, calendar = environ["PATH_INFO"], clock.utc_now(), calendars.if_known()
        found = PATH.fullmatch(path)
        batch = UUID(found[1]) if found else None
        if batch is None or calendar is None or self._dry_until.get(batch, 0.0) > time.monotonic():
            return None
        token_hash = identity.token_hash(environ.get("HTTP_AUTHORIZATION", ""))
        key = Named(self.endpoint, request_keys.parse(environ.get("HTTP_IDEMPOTENCY_KEY", "")))
        with Alone(self._engine) as database:
            (rows,) = database.ask(sessions.member_look(token_hash, now=at, key=key))
            member = sessions.member_of(rows)
            if member is None or not idempotency.is_free(rows[0]):
                return None
            wanted = coupons.Claim(member.id, batch, calendar=calendar, now=at)
            coupon = wanted.given(database.ask(wanted.plain)[0])
            if coupon is None:
                self._remember(batch)
                return None
            text = CouponOut.of(coupon, english=quick_answers.reads_english(environ)).model_dump_json()
            # As Flask names it: without a query its full path still has the mark of one.
            asked = Asked(f"member:{member.id}", key.endpoint, key.key, request_hash(f"{path}?", body))
            # Breaks, and the claim with it, when a twin's answer stands there by now.
            database.ask(idempotency.kept(asked, answer=StoredAnswer(201, text.encode()), now=at), commits=True)
        return text

    def _remember(self, batch: UUID) -> None:
        if len(self._dry_until) >= MOST_DRY:
            self._dry_until.clear()
        self._dry_until[batch] = time.monotonic() + DRY_SECONDS
