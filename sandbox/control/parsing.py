"""Reading control requests strictly, and the one shape of a refusal."""

import json
from datetime import datetime
from typing import Any

from flask import Response, jsonify, request
from werkzeug.exceptions import RequestEntityTooLarge

from sandbox.users import User
from sandbox.world import World

PAGE_LIMIT = 1000


class BadControl(Exception):
    """A control request that cannot be carried out; the text says what to change."""

    def __init__(self, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.message, self.status = message, status


def refusal(status: int, code: str, message: str) -> Response:
    response = jsonify(error={"code": code, "message": message})
    response.status_code = status
    return response


class Body:
    """A JSON object read field by field; `done()` refuses fields nobody asked for."""

    def __init__(self, parts: dict[str, Any]) -> None:
        self._parts = parts
        self._read: set[str] = set()

    def has(self, name: str) -> bool:
        return name in self._parts

    def text(self, name: str, default: str | None = None) -> str:
        return str(self._get(name, str, default))

    def number(self, name: str, default: int | None = None, *, least: int = 0) -> int:
        value = self._get(name, int, default)
        if isinstance(value, bool) or value < least:
            raise BadControl(f"{name} must be a whole number of at least {least}")
        return int(value)

    def flag(self, name: str, default: bool | None = None) -> bool:
        return bool(self._get(name, bool, default))

    def object(self, name: str) -> dict[str, Any]:
        return dict(self._get(name, dict, None))

    def texts(self, name: str, default: list[str] | None = None) -> list[str]:
        value = self._get(name, list, default)
        if not all(isinstance(item, str) for item in value):
            raise BadControl(f"{name} must be a list of strings")
        return list(value)

    def any(self, name: str) -> Any:
        self._read.add(name)
        return self._parts.get(name)

    def only(self, names: set[str]) -> dict[str, Any]:
        """The fields of `names` that were given, unread."""
        self._read |= names
        return {name: value for name, value in self._parts.items() if name in names}

    def all(self) -> dict[str, Any]:
        """Every field, for a reader that checks them itself."""
        return dict(self._parts)

    def done(self) -> None:
        unknown = sorted(set(self._parts) - self._read)
        if unknown:
            raise BadControl(f"unknown field: {', '.join(unknown)}")

    def _get(self, name: str, kind: type, default: Any) -> Any:
        self._read.add(name)
        if name not in self._parts:
            if default is None:
                raise BadControl(f"{name} is missing")
            return default
        value = self._parts[name]
        if not isinstance(value, kind):
            raise BadControl(f"{name} must be of type {kind.__name__}")
        return value


def read_body() -> Body:
    try:
        raw = request.get_data(cache=False)
    except RequestEntityTooLarge:
        raise BadControl("the body is too large", status=413) from None
    if not raw:
        return Body({})
    try:
        parts = json.loads(raw)
    except (ValueError, RecursionError):
        raise BadControl("the body is not JSON") from None
    if not isinstance(parts, dict):
        raise BadControl("the body must be a JSON object")
    return Body(parts)


def query_number(name: str, default: int, *, most: int | None = None) -> int:
    text = request.args.get(name, "")
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise BadControl(f"{name} must be a whole number")
    return min(int(text), most) if most is not None else int(text)


def page_bounds() -> tuple[int, int]:
    """`cursor` (the last seq seen, 0 = from the start) and `limit` of a list request."""
    return query_number("cursor", 0), max(1, query_number("limit", 100, most=PAGE_LIMIT))


def find_user(world: World, body: Body) -> User:
    """The user named by `openid` or `name`."""
    openid = body.text("openid", "")
    name = body.text("name", "")
    user = world.users.find(openid) if openid else world.users.named(name)
    if user is None:
        raise BadControl("no such user: give an openid or a name the sandbox knows", status=404)
    return user


def moment(value: object) -> float:
    """Seconds since the epoch, from a number or an RFC 3339 text with an offset."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, str):
        try:
            parsed = datetime.fromisoformat(value)
        except ValueError:
            raise BadControl("not a time: give seconds since the epoch or RFC 3339") from None
        if parsed.tzinfo is None:
            raise BadControl("the time needs an offset, such as +08:00")
        return parsed.timestamp()
    raise BadControl("not a time: give seconds since the epoch or RFC 3339")
