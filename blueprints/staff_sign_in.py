"""Signing in with login and password, shared by the counter and the console: throttled before a password is tried."""

from datetime import timedelta

from flask import request

from app.gateways import vault
from app.models import Staff, Store
from app.services import passwords, sessions, staff
from app.transaction import transaction
from app.wiring import parts
from blueprints import attempts
from blueprints.attempts import Limit
from blueprints.identity import now
from blueprints.schemas.sessions import StaffMeOut, StaffSignInOut

# Guessing from one place stops early; the wider limits stop a spread-out attack without letting one address lock
# a person out.
PER_LOGIN_AND_ADDRESS = Limit("sign_in", tries=10, window_seconds=300)
PER_LOGIN = Limit("sign_in_login", tries=100, window_seconds=300)
PER_ADDRESS = Limit("sign_in_address", tries=100, window_seconds=300)


def verify(login: str, password: str) -> Staff:
    """The person of a login. Raises TooMany, SignInRefused."""
    address = request.remote_addr or "unknown"
    attempts.count(PER_LOGIN_AND_ADDRESS, f"{login}\n{address}")
    attempts.count(PER_ADDRESS, address)
    attempts.count(PER_LOGIN, login)
    return staff.authenticate(login, password)


def open_session(person: Staff, password: str, *, store: Store | None) -> StaffSignInOut:
    """Record the sign-in of a verified person and hand out its token."""
    token = vault.new_token()
    before = person.password_hash
    stronger = passwords.hash_of(password) if passwords.needs_new_hash(before) else None
    with transaction():
        session = sessions.open_for_staff(
            person.id,
            store_id=None if store is None else store.id,
            token_hash=vault.token_hash(token),
            lifetime=timedelta(hours=parts().config.staff_session_hours),
            now=now(),
        )
        if stronger is not None:
            staff.renew_hash(person.id, before=before, after=stronger)
    return StaffSignInOut(token=token, expires_at=session.expires_at, staff=StaffMeOut.of(person, store))
