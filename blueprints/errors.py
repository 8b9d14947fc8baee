"""Every failure leaves in one shape: `{"error": {"code", "message", "data", "request_id"}}`."""

from typing import Any

import structlog
from apiflask import APIFlask
from apiflask.exceptions import _ValidationError
from flask import Response, g, jsonify
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from app import errors as e
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


def register(app: APIFlask) -> None:
    """Install the handlers."""
    app.register_error_handler(e.LoyaltyError, _loyalty_error)
    app.register_error_handler(_ValidationError, _validation_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(DBAPIError, _database_error)
    app.register_error_handler(PoolTimeout, _pool_exhausted)
    app.register_error_handler(Exception, _unexpected)


def status_of(error: e.LoyaltyError) -> int:
    """The HTTP status of a business error, by its nearest class in the tree."""
    for kind in type(error).__mro__:
        if kind in STATUS:
            return STATUS[kind]
    return 400


def answer(status: int, code: str, data: dict[str, Any] | None = None) -> Response:
    """The one error body, with a text in the client's language."""
    data = data or {}
    body = {"code": code, "message": text_for(code, data), "data": data, "request_id": g.get("request_id", "")}
    response = jsonify({"error": body})
    response.status_code = status
    if "retry_after_seconds" in data:
        response.headers["Retry-After"] = str(max(1, round(data["retry_after_seconds"])))
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _loyalty_error(error: e.LoyaltyError) -> Response:
    return answer(status_of(error), error.code, _plain(error.data))


def _validation_error(error: _ValidationError) -> Response:
    fields = {f"{place}.{name}": reasons for place, names in error.detail.items() for name, reasons in names.items()}
    return answer(422, "invalid_input", {"fields": fields})


def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    return answer(status, HTTP_CODES.get(status, "malformed_request"))


def _database_error(error: DBAPIError) -> Response:
    if isinstance(error, DataError):
        # A value no column can hold slipped past the schemas: still the client's, never a crash.
        return answer(422, "invalid_input", {"reason": "value_out_of_range"})
    if isinstance(error, IntegrityError):
        return answer(409, "conflict")
    log.error("database_failed", kind=type(error.orig).__name__, sqlstate=getattr(error.orig, "sqlstate", None))
    return answer(503, "unavailable", {"retry_after_seconds": 2})


def _pool_exhausted(_error: PoolTimeout) -> Response:
    return answer(503, "unavailable", {"retry_after_seconds": 2})


def _unexpected(error: Exception) -> Response:
    log.exception("unexpected_error", exc_info=error)
    return answer(500, "internal_error")


def _plain(data: dict[str, Any]) -> dict[str, Any]:
    return {key: value.isoformat() if hasattr(value, "isoformat") else value for key, value in data.items()}
