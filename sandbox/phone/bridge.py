"""What a phone may ask of the local WeChat: its own person, codes, permissions and messages; nothing else passes."""

import json
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, jsonify, request

TIMEOUT_SECONDS = 10
# Fields that may be sent, by call; a phone neither bends the clock nor plants faults.
WRITES = {
    "users": {"name", "phone"},
    "login-code": {"name"},
    "phone-code": {"name"},
    "subscribe": {"name", "templates"},
}
READS = {"users": {"limit", "cursor"}, "templates": set(), "outbox": {"openid", "cursor", "limit"}}


def add_bridge(app: Flask, *, sandbox: str, control_key: str, web: str) -> None:
    """Add `/bridge`: answers only to this page's own scripts, which can set a header no other site can."""

    @app.before_request
    def own_page_only() -> Response | None:
        if not request.path.startswith("/bridge/") or request.headers.get("X-Phone-Frame") == "1":
            return None
        return refusal(403, "foreign", "only the phone frame's own page may ask this")

    @app.get("/bridge/about")
    def about() -> Response:
        return jsonify(web=web, sandbox=sandbox)

    @app.post("/bridge/<call>")
    def write(call: str) -> Response:
        body = request.get_json(silent=True)
        if call not in WRITES or not isinstance(body, dict) or not set(body) <= WRITES[call]:
            return refusal(400, "invalid_input", "not something a phone may ask")
        return ask(sandbox, control_key, "POST", call, body=body)

    @app.get("/bridge/<call>")
    def read(call: str) -> Response:
        if call not in READS or not set(request.args) <= READS[call]:
            return refusal(400, "invalid_input", "not something a phone may ask")
        query = f"?{request.query_string.decode()}" if request.query_string else ""
        return ask(sandbox, control_key, "GET", call + query)


def ask(sandbox: str, control_key: str, method: str, call: str, *, body: dict[str, Any] | None = None) -> Response:
    """Ask the sandbox's control API with the key."""
    target = urlsplit(sandbox)
    link = HTTPConnection(target.hostname or "", target.port, timeout=TIMEOUT_SECONDS)
    headers = {"X-Sandbox-Key": control_key, "Content-Type": "application/json"}
    try:
        content = None if body is None else json.dumps(body).encode()
        link.request(method, f"/__sandbox/{call}", body=content, headers=headers)
        answer = link.getresponse()
        return Response(answer.read(), answer.status, content_type="application/json")
    except (OSError, HTTPException):
        return refusal(502, "no_sandbox", "the local WeChat does not answer")
    finally:
        link.close()


def refusal(status: int, code: str, message: str) -> Response:
    """Refuse in the control API's shape."""
    response = jsonify(error={"code": code, "message": message})
    response.status_code = status
    return response
