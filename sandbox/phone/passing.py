"""One request handed on to the product's web server, its answer handed back."""

from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

from flask import Response, request

TIMEOUT_SECONDS = 30
# Cookies of other ports of this machine come along with every request: they are nobody's business here.
ASKED = ("Accept", "Accept-Language", "Authorization", "Content-Type", "Idempotency-Key", "X-Request-Id", "User-Agent")
LEFT_OUT = {"connection", "content-length", "keep-alive", "server", "date", "set-cookie", "transfer-encoding"}


def pass_on(web: str) -> Response:
    """Ask `web` what this request asks. 502 with a header of our own when nobody answers there."""
    target = urlsplit(web)
    headers = {name: request.headers[name] for name in ASKED if name in request.headers}
    path = request.full_path if request.query_string else request.path
    link = HTTPConnection(target.hostname or "", target.port, timeout=TIMEOUT_SECONDS)
    try:
        link.request(request.method, path, body=request.get_data() or None, headers=headers)
        answer = link.getresponse()
        content = answer.read()
    except (OSError, HTTPException):
        return Response(
            "the web server does not answer", 502, {"X-Phone-Frame": "unreachable"}, content_type="text/plain"
        )
    finally:
        link.close()
    kept = [(name, value) for name, value in answer.getheaders() if name.lower() not in LEFT_OUT]
    return Response(content, answer.status, kept)
