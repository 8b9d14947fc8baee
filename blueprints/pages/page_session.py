"""The signed cookie of the pages. Every other door reads a token or a signature, and sees no cookie at all."""

from typing import Any

from flask import Flask, Request, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface

# First part of the path of everything that is a page.
PAGE_PATHS = ("/console", "/counter", "/look")


def is_page(path: str) -> bool:
    """Whether a path is a page's. "/" is one too."""
    return path == "/" or any(path == start or path.startswith(f"{start}/") for start in PAGE_PATHS)


class PageSession(SecureCookieSessionInterface):
    """Opens Flask's session for pages alone; using `flask.session` elsewhere is an error."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """The session of a page; None elsewhere."""
        return super().open_session(app, request) if is_page(request.path) else None


def sign_in(door: str, *, answer: dict[str, Any]) -> None:
    """Remember a sign-in at a door ("console", "counter"): the API's own token, and what the shell shows of the person."""
    staff = answer["staff"]
    session[door] = {
        "token": answer["token"],
        "role": staff["role"],
        "name": staff["display_name"],
        "id": staff["id"],
        "store": staff["store"],
        "zone": answer["zone"],
    }


def sign_out(door: str) -> None:
    """Forget a sign-in."""
    session.pop(door, None)


def signed_in(door: str) -> dict[str, Any] | None:
    """{token, role, name, id, store: {id, code, name} | None, zone} of whoever is at a door. The API knows better each time."""
    found = session.get(door)
    return found if isinstance(found, dict) else None
