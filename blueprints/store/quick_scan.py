"""The usual scan, with what a bill comes to: a right code, not used before, of a clerk who may scan; in two round trips. Asks
what the door and the view ask, by their own functions."""

from wsgiref.types import WSGIEnvironment

from apiflask import APIFlask

from app import clock
from app.extensions import db
from app.plain_statements import Alone
from app.rules import member_code
from app.services import scans, sessions, visits
from app.services.checkout_bills import RungUp
from app.wiring import Parts
from blueprints import attempts, identity, quick_answers
from blueprints.schemas.visits import VisitIn
from blueprints.store.visits import WRONG_CODES, prove, written

PATH = "/api/store/v1/visits"


class QuickScan:
    """Before `store.visits.scan`. docs/decisions/0017-quick-answers.md"""

    endpoint = "store.visits.scan"

    def __init__(self, app: APIFlask) -> None:
        self._json, self._view = app.json, app.view_functions[self.endpoint]
        self._parts: Parts = app.extensions["huitou"]
        with app.app_context():
            self._engine = db.engine

    def takes(self, path: str) -> bool:
        """A scan has one path."""
        return path == PATH

    def answer(self, environ: WSGIEnvironment, body: bytes) -> str | None:
        """A VisitOut."""
        if environ.get("CONTENT_TYPE") != "application/json":
            return None
        at, vault = clock.utc_now(), self._parts.vault
        token_hash = identity.token_hash(environ.get("HTTP_AUTHORIZATION", ""))
        told = VisitIn.model_validate(self._json.loads(body))
        code = member_code.parse(told.member_code)
        rung_up = None if told.bill_fen is None else RungUp(bill_fen=told.bill_fen)
        with Alone(self._engine) as database:
            signed_in, holder = database.ask(
                sessions.staff_look(token_hash, now=at), visits.holder_look_for(code.number, token_hash=token_hash)
            )
            clerk = sessions.staff_of(signed_in)
            if clerk is None:
                return None
            identity.check_staff(clerk, self._view, at_counter=True)
            member_id, step = prove(code, holder, vault=vault, at=at)
            turn = attempts.turn_of(WRONG_CODES, str(clerk.id), vault=vault, at=at)
            usual = scans.Usual(member_id, code_step=step, staff=clerk, turn=turn, now=at)
            looks = usual.bill_looks(rung_up) if rung_up else ()
            opened, *found = database.ask(usual.plain, *looks, commits=True)
        scanned = usual.scanned(opened)
        if scanned is None:
            return None
        # Should it fail, the application finds the visit open, and tells.
        quote = usual.quoted(scanned, rung_up, found) if rung_up else None
        return written(scanned, quote, english=quick_answers.reads_english(environ))
