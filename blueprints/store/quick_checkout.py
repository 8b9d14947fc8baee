"""The usual bill: settled under a key nobody used, in four round trips. Asks what the door, the key and the view ask, by their
own functions."""

from wsgiref.types import WSGIEnvironment

from apiflask import APIFlask

from app import clock
from app.extensions import db
from app.plain_statements import Alone
from app.services import checkout_at_once, idempotency, sessions, visits
from app.services.clerks import at_counter
from app.services.idempotency import Asked, Named, StoredAnswer
from blueprints import identity, request_keys
from blueprints.idempotency import request_hash
from blueprints.schemas.checkouts import CheckoutIn, CheckoutOut

PATH = "/api/store/v1/checkouts"


class QuickCheckout:
    """Before `store.checkouts.settle`. docs/decisions/0017-quick-answers.md"""

    endpoint = "store.checkouts.settle"

    def __init__(self, app: APIFlask) -> None:
        self._json, self._view = app.json, app.view_functions[self.endpoint]
        with app.app_context():
            self._engine = db.engine

    def takes(self, path: str) -> bool:
        """Bills have one path."""
        return path == PATH

    def answer(self, environ: WSGIEnvironment, body: bytes) -> str | None:
        """A CheckoutOut."""
        if environ.get("CONTENT_TYPE") != "application/json":
            return None
        at = clock.utc_now()
        bill = CheckoutIn.model_validate(self._json.loads(body))
        if bill.points or not bill.bill_fen:
            return None
        token_hash = identity.token_hash(environ.get("HTTP_AUTHORIZATION", ""))
        key = Named(self.endpoint, request_keys.parse(environ.get("HTTP_IDEMPOTENCY_KEY", "")))
        with Alone(self._engine) as database:
            signed_in, held = database.ask(
                sessions.staff_look(token_hash, now=at, key=key),
                visits.lock_for(bill.visit_id, token_hash=token_hash, now=at),
            )
            clerk = sessions.staff_of(signed_in)
            if clerk is None or not held or not idempotency.is_free(signed_in[0]):
                return None
            identity.check_staff(clerk, self._view, at_counter=True)
            actor = identity.actor_of(clerk, request_id=environ["HTTP_X_REQUEST_ID"])
            usual = checkout_at_once.Usual(
                bill.visit_id,
                bill.rung_up(order_no=bill.order_no),
                bill.coupon_ids,
                member_id=held[0].member_id,
                clerk=at_counter(actor),
                now=at,
            )
            writes = usual.writes(database.ask(*usual.looks()), actor=actor)
            told = None if writes is None else usual.settled(database.ask(*writes))
            if told is None:
                return None
            text = CheckoutOut.of(told).model_dump_json()
            # As Flask names it: without a query its full path still has the mark of one.
            asked = Asked(f"staff:{clerk.id}", key.endpoint, key.key, request_hash(f"{PATH}?", body))
            # Breaks, and the bill with it, when a twin's answer stands there by now.
            database.ask(idempotency.kept(asked, answer=StoredAnswer(201, text.encode()), now=at), commits=True)
        return text
