"""Who is asking, and the lock on every door: a view without a declared role is refused."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar, cast

from flask import current_app, g, request

from app import clock
from app.actor import Actor
from app.errors import NotAllowed, NotSignedIn, SecondStepMissing
from app.gateways import vault
from app.services import sessions
from app.services.idempotency import Look
from app.services.sessions import MemberPrincipal, StaffPrincipal
from blueprints import request_keys

F = TypeVar("F", bound=Callable[..., Any])

ANYONE = "anyone"
MEMBER = "member"
# A shop's or till's own system, by its signature: blueprints/signatures.py.
PARTNER = "partner"
STAFF_ROLES = ("clerk", "manager", "marketer", "auditor", "admin")
_ROLES = (ANYONE, MEMBER, PARTNER, *STAFF_ROLES)
# A bearer token is 43 characters; anything longer is not worth hashing.
MAX_TOKEN_LENGTH = 128


def allow(*roles: str) -> Callable[[F], F]:
    """Declare who may call a view. Undeclared views are refused and fail the authorization matrix."""
    unknown = set(roles) - set(_ROLES)
    if unknown or not roles:
        raise ValueError(f"unknown roles: {unknown or 'none given'}")

    def mark(view: F) -> F:
        view._allowed = frozenset(roles)  # type: ignore[attr-defined]
        return view

    return mark


def before_second_step(view: F) -> F:
    """Declare a view open to sign-ins that must first set up their second step."""
    view._before_second_step = True  # type: ignore[attr-defined]
    return view


def allowed_roles(endpoint: str) -> frozenset[str]:
    """The roles a view declared; empty when it declared none."""
    return _roles_of(current_app.view_functions[endpoint])


def _roles_of(view: Callable[..., Any]) -> frozenset[str]:
    return cast(frozenset[str], getattr(view, "_allowed", frozenset()))


def member_door() -> None:
    """The lock of /api/mini: runs before every view behind it."""
    roles = allowed_roles(request.endpoint or "")
    if not roles:
        raise NotAllowed
    if ANYONE in roles:
        return
    principal = sessions.find_member_session(_token_hash(), now=now(), key=request_keys.named())
    if principal is None:
        raise NotSignedIn
    g.principal = principal
    g.actor = Actor(kind="member", id=principal.id, request_id=g.get("request_id"))
    if MEMBER not in roles:
        raise NotAllowed


def staff_door() -> None:
    """The lock of /api/store and /api/console: the role is read with the session, so a change acts at once."""
    view = current_app.view_functions[request.endpoint or ""]
    roles = _roles_of(view)
    if not roles:
        raise NotAllowed
    if ANYONE in roles:
        return
    principal = sessions.find_staff_session(_token_hash(), now=now(), key=request_keys.named())
    if principal is None:
        raise NotSignedIn
    g.principal = principal
    g.actor = actor_of(principal, request_id=g.get("request_id"))
    check_staff(principal, view, at_counter=request.path.startswith("/api/store/"))


def actor_of(principal: StaffPrincipal, *, request_id: str | None) -> Actor:
    """A person of the staff as the audit row will name them."""
    return Actor(
        kind="staff",
        id=principal.id,
        role=principal.role,
        store_id=principal.store_id,
        request_id=request_id,
    )


def check_staff(principal: StaffPrincipal, view: Callable[..., Any], *, at_counter: bool) -> None:
    """Raises NotAllowed or SecondStepMissing for a person who may not call this view behind the staff's doors."""
    if principal.role not in _roles_of(view):
        raise NotAllowed(role=principal.role)
    if principal.must_set_up and not getattr(view, "_before_second_step", False):
        raise SecondStepMissing
    if at_counter and principal.store_id is None:
        raise NotAllowed(reason="no_store")


def _token_hash() -> bytes:
    return token_hash(request.headers.get("Authorization", ""))


def token_hash(authorization: str) -> bytes:
    """What a bearer token is looked up by. Raises NotSignedIn for anything else."""
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not 0 < len(token) <= MAX_TOKEN_LENGTH:
        raise NotSignedIn
    return vault.token_hash(token)


def current_member() -> MemberPrincipal:
    """The member behind the token of this request."""
    return cast(MemberPrincipal, g.principal)


def current_staff() -> StaffPrincipal:
    """The person of the staff behind the token of this request."""
    return cast(StaffPrincipal, g.principal)


def actor() -> Actor:
    """Who the audit row will name."""
    return cast(Actor, g.actor)


def principal_key() -> str:
    """Whose idempotency keys these are."""
    return f"{actor().kind}:{actor().id}"


def first_look() -> Look | None:
    """What stood under the request's key when the door found out who is asking; None where the door did not look."""
    return getattr(g.principal, "look", None)


def now() -> datetime:
    """One instant for the whole request."""
    if "now" not in g:
        g.now = clock.utc_now()
    return cast(datetime, g.now)
