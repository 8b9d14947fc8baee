"""How a body is read: strict JSON in UTF-8, one object, declared as JSON. Anything else is the client's mistake."""

import json
from typing import Any, NoReturn

from apiflask import APIFlask
from flask import Request
from flask.json.provider import DefaultJSONProvider
from werkzeug.exceptions import BadRequest, UnsupportedMediaType


def register(app: APIFlask) -> None:
    """Read every body this way."""
    app.json = StrictJSON(app)
    app.request_class = JSONRequest


class StrictJSON(DefaultJSONProvider):
    """RFC 8259 without its loose ends: what two readers could take for two different things is refused."""

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:  # noqa: ARG002
        """The value. Raises ValueError for bad UTF-8, NaN, a name given twice, lone surrogates, endless depth."""
        try:
            text = s if isinstance(s, str) else s.decode()
            value = json.loads(text, object_pairs_hook=_without_twins, parse_constant=_refuse_constant)
            if "\\u" in text:
                # Half a surrogate pair is a string Python can hold and nothing else can.
                json.dumps(value, ensure_ascii=False).encode()
        except RecursionError as error:
            raise ValueError("nested too deeply") from error
        return value


class JSONRequest(Request):
    """A request whose JSON is one object under its own media type."""

    def get_json(self, force: bool = False, silent: bool = False, cache: bool = True) -> Any:
        """The object. Raises UnsupportedMediaType when not declared as JSON, BadRequest when unreadable."""
        if not self.is_json:
            raise UnsupportedMediaType
        value = super().get_json(force=force, silent=silent, cache=cache)
        if not isinstance(value, dict):
            raise BadRequest
        return value


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a name is given twice")
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
