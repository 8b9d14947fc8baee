"""`@idempotent`: value moves once per Idempotency-Key; a repeat gets the first answer's very bytes."""

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from flask import Response, current_app, request
from pydantic import BaseModel

from app import transaction
from app.errors import Conflict
from app.services import idempotency
from app.services.idempotency import Asked, StoredAnswer
from blueprints import request_keys
from blueprints.identity import first_look, now, principal_key
from blueprints.request_keys import HEADER

F = TypeVar("F", bound=Callable[..., Any])

__all__ = ["HEADER", "REPLAY_HEADER", "idempotent", "request_hash"]

REPLAY_HEADER = "Idempotency-Replayed"


def idempotent(view: F) -> F:
    """Run the view inside one transaction together with its key; the view returns a response model."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Response:
        asked = Asked(principal_key(), request.endpoint or "", request_keys.read(), _hash_of_this())

        def work() -> tuple[StoredAnswer, bool]:
            stored = idempotency.begin(asked, look=first_look())
            if stored is not None:
                return stored, True
            answer = StoredAnswer(_success_status(), _bytes_of(view(*args, **kwargs)))
            idempotency.finish(asked, answer=answer, now=now())
            return answer, False

        try:
            answer, replayed = transaction.run(work)
        except Conflict as error:
            if not idempotency.is_overtaken(error):
                raise
            answer, replayed = transaction.run(work)
        response = Response(answer.body, status=answer.status_code, mimetype="application/json")
        if replayed:
            response.headers[REPLAY_HEADER] = "true"
        return response

    guarded._idempotent = True  # type: ignore[attr-defined]
    return cast(F, guarded)


def request_hash(full_path: str, body: bytes) -> bytes:
    """What tells one request from another under the same key."""
    digest = hashlib.sha256(full_path.encode("utf-8", "backslashreplace"))
    digest.update(b"\n" + body)
    return digest.digest()


def _hash_of_this() -> bytes:
    return request_hash(request.full_path, request.get_data(cache=True))


def _success_status() -> int:
    view = current_app.view_functions[request.endpoint or ""]
    spec = getattr(view, "_spec", {})
    return int(spec.get("response", {}).get("status_code", 200))


def _bytes_of(result: BaseModel) -> bytes:
    return result.model_dump_json().encode()
