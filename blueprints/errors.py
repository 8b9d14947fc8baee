"""Every failure leaves in one shape: `{"error": {"code", "message", "data", "request_id"}}`."""

from datetime import date
from typing import Any

import structlog
from apiflask import APIFlask
from apiflask.exceptions import _ValidationError
from flask import Response, g, jsonify
from werkzeug.exceptions import HTTPException

from app import errors as e
from app.database_errors import DATABASE_ERRORS, refusal_of
from app.messages import text_for

log = structlog.get_logger(__name__)

# The most specific class wins; order matters only for reading.
STATUS: dict[type[e.LoyaltyError], int] = {
    e.InvalidInput: 422,
    e.NotSignedIn: 401,
    e.NotAllowed: 403,
    e.NotFound: 404,
    e.Conflict: 409,
    e.RuleBroken: 422,
    e.TooMany: 429,
    e.GatewayFailed: 502,
    e.Unavailable: 503,
}

# What Werkzeug and Flask refuse before a view is reached.
HTTP_CODES = {
    400: "malformed_request",
    404: "not_found",
    405: "method_not_allowed",
    413: "body_too_large",
    414: "address_too_long",
    415: "media_type_unsupported",
}
INTERNAL = "internal_error"

# A body can be wrong in thousands of places; these are enough to mend the client.
MAX_FIELDS_TOLD = 20


def register(app: APIFlask) -> None:
    """Install the handlers."""
    app.register_error_handler(e.LoyaltyError, _loyalty_error)
    app.register_error_handler(_ValidationError, _validation_error)
    app.register_error_handler(HTTPException, http_error)
    for kind in DATABASE_ERRORS:
        app.register_error_handler(kind, _database_error)
    app.register_error_handler(Exception, _unexpected)


def status_of(kind: type[e.LoyaltyError]) -> int:
    """The HTTP status of a business error, by its nearest class in the tree."""
    return next(STATUS[parent] for parent in kind.__mro__ if parent in STATUS)


def answer(status: int, code: str, data: dict[str, Any] | None = None) -> Response:
    """The one error body, with a text in the client's language."""
    data = data or {}
    body = {"code": code, "message": text_for(code, data), "data": data, "request_id": g.get("request_id", "")}
    response = jsonify({"error": body})
    response.status_code = status
    if "retry_after_seconds" in data:
        response.headers["Retry-After"] = str(max(1, round(data["retry_after_seconds"])))
    if status == 401:
        response.headers["WWW-Authenticate"] = g.get("challenge", "Bearer")
    return response


def _loyalty_error(error: e.LoyaltyError) -> Response:
    return answer(status_of(type(error)), error.code, _plain(error.data))


def _validation_error(error: _ValidationError) -> Response:
    fields = {f"{place}.{name}": reasons for place, names in error.detail.items() for name, reasons in names.items()}
    return answer(422, e.InvalidInput.code, {"fields": dict(list(fields.items())[:MAX_FIELDS_TOLD])})


def http_error(error: HTTPException) -> Response:
    """What Flask refused before a view was reached."""
    status = error.code or 500
    response = answer(status, HTTP_CODES.get(status, "malformed_request" if status < 500 else INTERNAL))
    for name, value in error.get_headers():
        # Allow tells a client what would have worked; the body's own headers are ours.
        if name == "Allow":
            response.headers[name] = value
    return response


def _database_error(error: Exception) -> Response:
    refusal = refusal_of(error)
    if refusal is None:
        return _unexpected(error)
    if isinstance(refusal, e.Unavailable):
        log.error("database_failed", kind=type(error).__name__)
    return _loyalty_error(refusal)


def _unexpected(error: Exception) -> Response:
    log.error("unexpected_error", exc_info=error)
    return answer(500, INTERNAL)


def _plain(data: dict[str, Any]) -> dict[str, Any]:
    return {key: value.isoformat() if isinstance(value, date) else value for key, value in data.items()}
