"""The link in every letter. Opening it only asks: programs that look at links before people do must end nothing."""

import base64
import hashlib

from apiflask import APIBlueprint
from flask import Response, make_response, render_template

from app import transaction
from app.errors import NotFound
from app.gateways.channels import read_unsubscribe_token
from app.services import unsubscriptions
from app.wiring import parts
from blueprints.identity import allow, now

bp = APIBlueprint("unsubscribe", __name__, enable_openapi=False, template_folder="templates")

# Legible on a phone, by day and by night.
STYLE = (
    ":root{color-scheme:light dark}"
    "body{font:1.1rem/1.6 system-ui,sans-serif;max-width:26rem;margin:15vh auto;padding:0 1.5rem;text-align:center}"
    "button{font:inherit;padding:.7rem 2rem;border-radius:.5rem;border:1px solid;cursor:pointer}"
)
_STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
# No script, no picture, no style but this one; the form goes back here alone.
PAGE_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


@bp.get("/unsubscribe/<token>")
@allow("anyone")
def ask(token: str) -> Response:
    """A page with one button."""
    _, topic = _read(token)
    return _page(topic, is_done=False)


@bp.post("/unsubscribe/<token>")
@allow("anyone")
def end(token: str) -> Response:
    """Switch the topic off in letters: from the page's button, or from a mail program by itself (RFC 8058). A repeat is fine."""
    member_id, topic = _read(token)
    if not transaction.run(lambda: unsubscriptions.switch_off(member_id, topic=topic, channel="email", now=now())):
        raise NotFound(kind="subscription")
    return _page(topic, is_done=True)


def _read(token: str) -> tuple[int, str]:
    found = read_unsubscribe_token(token, parts().vault)
    if found is None:
        raise NotFound(kind="subscription")
    return found


def _page(topic: str, *, is_done: bool) -> Response:
    about = unsubscriptions.find_topic(topic)
    if about is None:
        raise NotFound(kind="subscription")
    page = make_response(render_template("unsubscribe.html", topic=about, is_done=is_done, style=STYLE))
    page.headers["Content-Security-Policy"] = PAGE_POLICY
    # The address names the member to us: it goes nowhere else.
    page.headers["Referrer-Policy"] = "no-referrer"
    page.headers["Cache-Control"] = "no-store"
    return page
