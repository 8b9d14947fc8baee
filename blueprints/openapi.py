"""Completes APIFlask's OpenAPI document with what the doors know: locks, keys, and every coded refusal."""

import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, cast

from apiflask import APIFlask
from werkzeug.routing import Rule, UUIDConverter

from app.errors import LoyaltyError
from app.rules.request_signature import KEY_HEADER, NONCE_HEADER, SIGNATURE_HEADER, TIME_HEADER
from blueprints.errors import HTTP_CODES, status_of
from blueprints.idempotency import REPLAY_HEADER
from blueprints.identity import ANYONE
from blueprints.request_keys import HEADER, MAX_KEY_LENGTH

Document = dict[str, Any]
Operation = dict[str, Any]

JSON = "application/json"
METHODS = ("get", "post", "put", "patch", "delete")
# The parent blueprint is the door, and each door takes its own kind of token.
SCHEMES = {
    "mini": "A member's token, from POST /api/mini/v1/sessions.",
    "store": "A token for one counter, from POST /api/store/v1/sessions.",
    "console": "A token for the console, from POST /api/console/v1/sessions.",
    "partner": "Hex HMAC-SHA-256 of the request with the key's secret; docs/partner-api.md has the recipe.",
}
# A partner signs each request: all four headers together.
SIGNED = {
    "partner": SIGNATURE_HEADER,
    "partner_key": KEY_HEADER,
    "partner_timestamp": TIME_HEADER,
    "partner_nonce": NONCE_HEADER,
}
# Views that wait for WeChat's answer, which may be none or nonsense.
CALLS_WECHAT = frozenset({"mini.sessions.sign_in", "mini.me.bind_phone", "console.message_templates.check"})
# Views that hand out much, and count how often they are asked.
COUNTS = frozenset({"mini.privacy.export", "console.erasures.export"})
# Views that look one thing up by their query.
LOOKS_UP = frozenset(
    {
        "console.audit_entries.list_all",
        "console.audit_entries.list_csv",
        "console.issue_runs.list_runs",
        "console.revocations.list_revocations",
        "mini.privacy.ask",
        "mini.privacy.take_back",
        "partner.purchases.show",
    }
)
WAITS = frozenset({429, 503})

DESCRIPTION = f"""会员、积分、优惠券与消息。Membership, points, coupons and messages of a shop chain.

* Sign in at the door you use, then send `Authorization: Bearer <token>`; a partner's system signs each request instead.
* Every request that moves value needs `{HEADER}`: make one per intention and keep it for all retries. A repeat gets the
  first answer's very bytes and `{REPLAY_HEADER}: true`; the key with another body is refused.
* Money is whole fen, points are whole, instants are RFC 3339 with offset.
* Lists answer `{{data, has_more, next_cursor}}`: pass `next_cursor` back unchanged as `cursor`.
* Every refusal has one shape with a stable `code`. Messages are Chinese, or English with `Accept-Language: en`.
"""

ERROR: Document = {
    "type": "object",
    "required": ["error"],
    "additionalProperties": False,
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "data", "request_id"],
            "additionalProperties": False,
            "properties": {
                "code": {"type": "string", "description": "Stable; decide by this."},
                "message": {"type": "string", "description": "For people, in their language."},
                "data": {"type": "object", "description": "Figures and names behind the refusal."},
                "request_id": {"type": "string", "description": "Also in X-Request-Id; tell it to support."},
            },
        }
    },
}


def register(app: APIFlask) -> None:
    """Make `app.spec` the whole truth."""
    app.config.update(
        DESCRIPTION=DESCRIPTION,
        LICENSE={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        # The first request's Host header would otherwise be kept and shown to everybody.
        AUTO_SERVERS=False,
        SERVERS=[{"url": "/"}],
        # Their shape is not ours: _complete declares the refusals.
        AUTO_404_RESPONSE=False,
        AUTO_VALIDATION_ERROR_RESPONSE=False,
        SECURITY_SCHEMES=_security_schemes(),
    )
    app.spec_processor(lambda document: _complete(app, cast(Document, document)))


def codes_by_status() -> dict[int, list[str]]:
    """Every code a client may meet, under its HTTP status."""
    found: dict[int, set[str]] = {status: {code} for status, code in HTTP_CODES.items()}
    for kind in error_classes():
        found.setdefault(status_of(kind), set()).add(kind.code)
    return {status: sorted(codes) for status, codes in sorted(found.items())}


def error_classes(root: type[LoyaltyError] = LoyaltyError) -> Iterator[type[LoyaltyError]]:
    """The classes of the error tree that can be raised: all but its root."""
    for kind in root.__subclasses__():
        if kind.__module__.startswith("app."):
            yield kind
            yield from error_classes(kind)


def _security_schemes() -> Document:
    bearers = {door: {"type": "http", "scheme": "bearer"} for door in SCHEMES if door not in SIGNED}
    signed = {name: {"type": "apiKey", "in": "header", "name": header} for name, header in SIGNED.items()}
    schemes: Document = {**bearers, **signed}
    for door, text in SCHEMES.items():
        schemes[door]["description"] = text
    return schemes


def _complete(app: APIFlask, document: Document) -> Document:
    used = {
        tag for path in document["paths"].values() for operation in path.values() for tag in operation.get("tags", ())
    }
    document["tags"] = list({tag["name"]: tag for tag in document["tags"] if tag["name"] in used}.values())
    components = document.setdefault("components", {})
    components.setdefault("schemas", {})["Error"] = ERROR
    components["responses"] = {_name(status): _refusal(status, codes) for status, codes in codes_by_status().items()}
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<(?:[^<:]+:)?([^>]+)>", r"{\1}", rule.rule)
        for method in METHODS:
            operation = document["paths"].get(path, {}).get(method)
            if operation is not None and method.upper() in (rule.methods or ()):
                _complete_operation(app, rule, operation, method)
    return document


def _name(status: int) -> str:
    return HTTPStatus(status).phrase.title().replace(" ", "")


def _refusal(status: int, codes: list[str]) -> Document:
    response: Document = {
        "description": f"{HTTPStatus(status).phrase}: " + ", ".join(f"`{code}`" for code in codes),
        "content": {
            JSON: {
                "schema": {
                    "allOf": [
                        {"$ref": "#/components/schemas/Error"},
                        {"properties": {"error": {"properties": {"code": {"enum": codes}}}}},
                    ]
                }
            }
        },
    }
    if status in WAITS:
        response["headers"] = {
            "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}}
        }
    return response


def _complete_operation(app: APIFlask, rule: Rule, operation: Operation, method: str) -> None:
    view = app.view_functions[rule.endpoint]
    operation["operationId"] = rule.endpoint.replace(".", "_")
    door = rule.endpoint.partition(".")[0]
    allowed: frozenset[str] = getattr(view, "_allowed", frozenset())
    if door in SCHEMES and ANYONE not in allowed:
        operation["security"] = [{name: [] for name in (SIGNED if door in SIGNED else (door,))}]
        operation["x-roles"] = sorted(allowed)
    idempotent = hasattr(view, "_idempotent")
    if idempotent:
        _declare_key(operation)
    if "requestBody" in operation:
        operation["requestBody"]["required"] = True
    for parameter in operation["parameters"]:
        _tidy_parameter(rule, parameter)
    for status in _statuses(rule, operation, method, idempotent=idempotent):
        operation["responses"].setdefault(str(status), {"$ref": f"#/components/responses/{_name(status)}"})


def _declare_key(operation: Operation) -> None:
    operation["parameters"].append(
        {
            "name": HEADER,
            "in": "header",
            "required": True,
            "description": "One per intention, the same for all its retries.",
            "schema": {"type": "string", "pattern": f"^[ -~]{{1,{MAX_KEY_LENGTH}}}$"},
        }
    )
    for status, response in operation["responses"].items():
        if status.startswith("2"):
            response["headers"] = {
                REPLAY_HEADER: {"description": "true on a repeat.", "schema": {"type": "string", "const": "true"}}
            }


def _tidy_parameter(rule: Rule, parameter: Document) -> None:
    schema = parameter["schema"]
    if parameter["in"] == "path" and isinstance(rule._converters.get(parameter["name"]), UUIDConverter):
        schema["format"] = "uuid"
    if parameter["in"] == "query":
        # A query string cannot say null: leaving the name out does.
        kinds = [kind for kind in schema.pop("anyOf", []) if kind.get("type") != "null"]
        if len(kinds) == 1:
            schema.update(kinds[0])
        if schema.get("default", ...) is None:
            del schema["default"]


def _statuses(rule: Rule, operation: Operation, method: str, *, idempotent: bool) -> set[int]:
    """What may be refused here: read off the lock, the parameters and the method."""
    if rule.endpoint.partition(".")[0] not in SCHEMES:
        return set()
    writes, body, locked = method != "get", "requestBody" in operation, "security" in operation
    reasons = {
        (503,): True,
        # A writing view without a lock is a sign-in.
        (401, 403): locked or writes,
        (404,): body or bool(rule.arguments) or rule.endpoint in LOOKS_UP,
        (400, 422): body or bool(operation["parameters"]),
        (413, 415): body,
        (413,): idempotent,
        (409, 429): writes,
        (429,): rule.endpoint in COUNTS,
        (502,): rule.endpoint in CALLS_WECHAT,
    }
    return {status for statuses, holds in reasons.items() if holds for status in statuses}
