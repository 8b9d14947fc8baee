"""create_phone: the frame's files, the way to the product's API, and a narrow bridge to the local WeChat."""

from html import escape
from pathlib import Path

from flask import Flask, Response, request, send_from_directory

from sandbox.phone.bridge import add_bridge
from sandbox.phone.builder import Builder
from sandbox.phone.passing import pass_on

LARGEST_BODY = 1024 * 1024
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
NOTE = """<!doctype html><html lang="zh-CN"><meta charset="utf-8">
<meta name="viewport" content="width=device-width">{refresh}<title>回头 Huitou</title><body><main>
<h1>{zh}</h1><h1 lang="en">{en}</h1><pre>{told}</pre>{again}</main></body></html>"""


def create_phone(builder: Builder, *, web: str, sandbox: str, control_key: str) -> Flask:
    """Build the application; `web` and `sandbox` are base addresses, the key never leaves this process."""
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.before_request(refuse_other_hosts)
    app.after_request(close_up)
    add_bridge(app, sandbox=sandbox, control_key=control_key, web=web)

    @app.get("/health")
    def health() -> dict[str, str]:
        return {"status": "ok", "service": "phone-frame"}

    @app.route("/api/<path:_path>", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
    def api(_path: str) -> Response:
        return pass_on(web)

    @app.get("/")
    def frame() -> Response:
        folder = builder.built()
        if folder is not None:
            return send_from_directory(folder, "index.html")
        if "again" in request.args:
            builder.forgive()
        builder.begin()
        return waiting(builder)

    @app.get("/<path:name>")
    def file(name: str) -> Response:
        folder = builder.built() or Path("/nonexistent")
        return send_from_directory(folder, name)

    return app


def waiting(builder: Builder) -> Response:
    """Say that it is being built, or why it cannot be."""
    problem = builder.failure()
    if problem is None:
        refresh, again = '<meta http-equiv="refresh" content="1;url=/">', ""
        zh, en, told = "正在构建手机模拟器……", "Building the phone frame …", ""
    else:
        refresh, again = "", '<p><a href="/?again">重试 / try again</a></p>'
        zh, en, told = problem.zh, problem.en, problem.told
    page = NOTE.format(refresh=refresh, zh=escape(zh), en=escape(en), told=escape(told), again=again)
    return Response(page, status=503 if problem else 200, content_type="text/html; charset=utf-8")


def refuse_other_hosts() -> Response | None:
    """Only this machine's own names: no web page elsewhere may point a name of its own at this port."""
    host = request.host.rsplit(":", 1)[0]
    if host in ("127.0.0.1", "localhost", "[::1]"):
        return None
    return Response("wrong host", status=421, content_type="text/plain")


def close_up(response: Response) -> Response:
    """The headers every answer carries."""
    response.headers.setdefault("Content-Security-Policy", CSP)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response
