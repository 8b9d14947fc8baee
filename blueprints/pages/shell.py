"""What surrounds every page: language, light or dark, a strict content policy, and the words templates write with."""

import secrets
import uuid
from typing import Any

from apiflask import APIFlask
from flask import Response, g, request

from blueprints.pages import charts, words
from blueprints.pages.look import chosen_theme
from blueprints.pages.page_session import is_page

# Scripts and styles are files of this host; the one style element a chart brings has the page's nonce.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data: blob:; font-src 'self';"
    " connect-src 'self'; media-src 'self' blob:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def register(app: APIFlask) -> None:
    """Give templates their words, and pages their headers."""
    app.context_processor(_words)
    # Runs before request_trace's own, which only fills in what is missing.
    app.after_request(_headers)


def nonce() -> str:
    """This page's nonce for styles."""
    if "style_nonce" not in g:
        g.style_nonce = secrets.token_urlsafe(16)
    return str(g.style_nonce)


def _words() -> dict[str, Any]:
    return {
        "t": words.t,
        "yuan": words.yuan,
        "number": words.number,
        "percent": words.percent,
        "when": words.when,
        "ago": words.ago,
        "for_typing": words.for_typing,
        "is_english": words.is_english(),
        "shop_zone": words.shop_zone(),
        "theme": chosen_theme(),
        "nonce": nonce,
        "new_key": lambda: str(uuid.uuid4()),
        "chart": charts,
        "door": g.get("door"),
        "person": g.get("person"),
    }


def _headers(response: Response) -> Response:
    if is_page(request.path) and response.mimetype == "text/html":
        response.headers.setdefault("Content-Security-Policy", POLICY.format(nonce=nonce()))
        # A form is checked to come from here.
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["Permissions-Policy"] = "camera=(self), microphone=(), geolocation=()"
    return response
