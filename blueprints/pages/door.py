"""The lock of the pages: somebody is signed in by cookie, has a role the page is for, and a form came from a page of ours.

The role in the cookie only decides what is offered. What is allowed is decided by the API, which looks the token up at each call.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import current_app, g, redirect, request, url_for
from werkzeug.wrappers import Response

from app.errors import NotAllowed
from blueprints.identity import ANYONE, allowed_roles
from blueprints.pages.page_session import signed_in

SAFE = ("GET", "HEAD")
LARGEST = "_largest_form"
V = TypeVar("V", bound=Callable[..., Any])


def large_form(size: int) -> Callable[[V], V]:
    """Take forms of up to `size` bytes in this view; the lock reads them before it does."""

    def mark(view: V) -> V:
        setattr(view, LARGEST, size)
        return view

    return mark


def lock(door: str) -> Callable[[], Response | None]:
    """What runs before every view of a door's pages; `g.person` is whoever is signed in there."""

    def check() -> Response | None:
        roles = allowed_roles(request.endpoint or "")
        if not roles:
            raise NotAllowed
        if request.method not in SAFE:
            request.max_content_length = getattr(current_app.view_functions[request.endpoint or ""], LARGEST, None)
            _protect()
        g.door, g.person = door, signed_in(door)
        if ANYONE in roles:
            return None
        if g.person is None:
            return to_sign_in(door)
        if g.person["role"] not in roles:
            raise NotAllowed(role=g.person["role"])
        return None

    return check


def to_sign_in(door: str) -> Response:
    """The sign-in page, which leads back here."""
    here = request.full_path.rstrip("?") if request.method in SAFE else None
    return redirect(url_for(f"{door}_pages.signing_in.show", next=here), code=303)


def local_path(path: str | None, *, door: str) -> str | None:
    """A path of the door's own pages, to lead back to; None for anything else."""
    if path and path.startswith(f"/{door}") and "\\" not in path and path.isprintable():
        return path
    return None


def person() -> dict[str, Any]:
    """Whoever is signed in at this door."""
    return dict(g.person)


def _protect() -> None:
    from blueprints.pages import csrf

    csrf.protect()
