"""Reads WeChat's answers strictly: bounded size and time, a JSON object, fields of the promised type. Anything else is
Trouble, never a guess."""

import json
import re
from http import HTTPStatus
from time import monotonic
from typing import Any, Final

from urllib3 import BaseHTTPResponse

from .troubles import Trouble

MAX_JSON_BYTES: Final = 65_536
MAX_LIST_BYTES: Final = 1_048_576  # the template list
MAX_IMAGE_BYTES: Final = 1_048_576
# The read timeout counts from byte to byte; this bounds an answer that drips.
MAX_BODY_SECONDS: Final = 12.0

_IMAGE_SIGNATURES: Final = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
_NAMED_FIELD: Final = re.compile(r"data\.([a-z_]{1,24}[0-9]{0,4})")
_IDENTIFIER: Final = re.compile(r"[0-9A-Za-z_\-]{1,64}")


def read_body(response: BaseHTTPResponse, *, max_bytes: int) -> bytes:
    """The whole body, of a response opened without preload_content. Errors: Trouble (unclear or nonsense); urllib3's errors."""
    deadline = monotonic() + MAX_BODY_SECONDS
    body = bytearray()
    # read1 hands over what has come; read and iter_content would wait for a full chunk, past any deadline.
    while chunk := response.read1(8192, decode_content=True):
        body += chunk
        if len(body) > max_bytes:
            raise Trouble("nonsense", "answer_too_big")
        if monotonic() > deadline:
            raise Trouble("unclear", "answer_too_slow")
    return bytes(body)


def parse_json(status: int, body: bytes) -> dict[str, Any]:
    """The JSON object of a successful call. Errors: Trouble, `refused` for a non-zero errcode."""
    answer = _load_object(body)
    errcode = _errcode(answer) if answer is not None else None
    if errcode:
        raise Trouble("refused", "errcode", errcode=errcode, field=_named_field(answer))
    if status != HTTPStatus.OK:
        raise _http_trouble(status)
    if answer is None:
        raise Trouble("nonsense", "answer_not_json")
    return answer


def parse_image(status: int, body: bytes) -> bytes:
    """JPEG or PNG bytes. Errors: Trouble; failures come as JSON even from the image call."""
    if status == HTTPStatus.OK and body.startswith(_IMAGE_SIGNATURES):
        return body
    parse_json(status, body)
    raise Trouble("nonsense", "answer_not_an_image")


def identifier(answer: dict[str, Any], key: str) -> str:
    """An openid, a unionid, a template id. Errors: Trouble."""
    value = answer.get(key)
    if not isinstance(value, str) or not _IDENTIFIER.fullmatch(value):
        raise Trouble("nonsense", f"answer_without_{key}")
    return value


def whole_number(value: object) -> int | None:
    """An integer that WeChat may also write as a string; None for anything else."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,19}", value, re.ASCII):
        return int(value)
    return None


def _load_object(body: bytes) -> dict[str, Any] | None:
    try:
        # strict=False: WeChat has been seen sending raw control characters inside strings.
        answer = json.loads(body.decode("utf-8"), strict=False)
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None


def _errcode(answer: dict[str, Any]) -> int | None:
    if "errcode" not in answer:
        return None
    errcode = whole_number(answer["errcode"])
    if errcode is None:
        raise Trouble("nonsense", "errcode_not_a_number")
    return errcode


def _named_field(answer: dict[str, Any] | None) -> str | None:
    # The only use of errmsg: its wording changes, but a 47003 names the field as "data.thing1.value".
    found = _NAMED_FIELD.search(str((answer or {}).get("errmsg", ""))[:500])
    return found.group(1) if found else None


def _http_trouble(status: int) -> Trouble:
    # A proxy that redirects or refuses (3xx, 4xx) did not pass the call on; after a 408 or 5xx nobody knows.
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT or status < 300:
        return Trouble("unclear", f"http_{status}")
    return Trouble("not_sent", f"http_{status}", retry_after_seconds=60)
