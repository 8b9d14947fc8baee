"""Signing in with login and password, and a second step where the person has one; shared by the counter and the console.

Throttled before a password or a code is tried. Between the steps nothing is stored: the challenge says it all, encrypted.
"""

import base64
import binascii
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import request

from app.errors import LoyaltyError, SecondStepNeeded, SecondStepRefused
from app.gateways import vault as vaults
from app.models import Staff, Store
from app.services import passwords, programmes, second_steps, sessions, staff, stores
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
# Whoever guesses codes knows the password already. Three codes of a million are good at a time: a day's tries hit once in
# ten thousand.
SECOND_STEP = Limit("second_step", tries=5, window_seconds=300)
SECOND_STEP_DAY = Limit("second_step_day", tries=30, window_seconds=86_400)
CHALLENGE_LASTS = timedelta(minutes=5)
_CONTEXT = "staff.sign_in_challenge"


def verify(login: str, password: str) -> Staff:
    """The person of a login; whoever knows the password has guessed nothing. Raises TooMany, SignInRefused."""
    address = request.remote_addr or "unknown"
    tried = ((PER_LOGIN_AND_ADDRESS, f"{login}\n{address}"), (PER_ADDRESS, address), (PER_LOGIN, login))
    for limit, who in tried:
        attempts.count(limit, who)
    person = staff.authenticate(login, password)
    # A shop's whole staff signs in from one address at its opening.
    attempts.give_back(tried)
    return person


def verify_again(person: Staff, password: str) -> None:
    """That somebody signed in knows their password, before a change of how they sign in. Raises TooMany, PasswordWrong."""
    address = request.remote_addr or "unknown"
    attempts.count(PER_LOGIN_AND_ADDRESS, f"{person.login}\n{address}")
    staff.require_password(person, password)


def open_session(person: Staff, password: str, *, store: Store | None) -> StaffSignInOut:
    """Record the sign-in of a verified person and hand out its token. Raises SecondStepNeeded."""
    _strengthen(person, password)
    if second_steps.is_on(person.id):
        raise SecondStepNeeded(challenge=challenge_of(person, store, now=now()), expires_at=now() + CHALLENGE_LASTS)
    with transaction():
        return _open(person, store, must_set_up=second_steps.is_required(person))


def take_second_step(challenge: str, code: str) -> StaffSignInOut:
    """Go on with a sign-in whose password was right. Raises TooMany, SecondStepRefused."""
    person, store = _challenged(challenge)
    count_code(person)
    with transaction():
        if not second_steps.use(person.id, code, vault=parts().vault, now=now()):
            raise SecondStepRefused(is_over=False)
        forgive_code(person)
        return _open(person, store, must_set_up=False)


def challenge_of(person: Staff, store: Store | None, *, now: datetime) -> str:
    """What says, encrypted, that the password was right: who, where, until when, and which password it was."""
    told = {
        "staff": str(person.public_id),
        "store": None if store is None else str(store.public_id),
        "until": (now + CHALLENGE_LASTS).timestamp(),
        "password": _fingerprint(person),
    }
    return base64.urlsafe_b64encode(parts().vault.encrypt(json.dumps(told), context=_CONTEXT)).decode().rstrip("=")


def count_code(person: Staff) -> None:
    """Count a code before it is tried. Raises TooMany."""
    for limit in (SECOND_STEP, SECOND_STEP_DAY):
        attempts.count(limit, person.login)


def forgive_code(person: Staff) -> None:
    """Give the try back, in the transaction of what it led to."""
    for limit in (SECOND_STEP, SECOND_STEP_DAY):
        attempts.forgive(limit, person.login)


def _strengthen(person: Staff, password: str) -> None:
    before = person.password_hash
    if passwords.needs_new_hash(before):
        stronger = passwords.hash_of(password)
        with transaction():
            staff.renew_hash(person.id, before=before, after=stronger)


def _open(person: Staff, store: Store | None, *, must_set_up: bool) -> StaffSignInOut:
    token = vaults.new_token()
    session = sessions.open_for_staff(
        person.id,
        store_id=None if store is None else store.id,
        token_hash=vaults.token_hash(token),
        lifetime=timedelta(hours=parts().config.staff_session_hours),
        now=now(),
        agent=request.headers.get("User-Agent", ""),
        must_set_up=must_set_up,
    )
    return StaffSignInOut(
        token=token,
        expires_at=session.expires_at,
        staff=StaffMeOut.of(person, store, must_set_up=must_set_up),
        zone=programmes.get().zone,
    )


def _challenged(challenge: str) -> tuple[Staff, Store | None]:
    """Who began this sign-in and where. Raises SecondStepRefused(is_over=True), also when their password changed since."""
    try:
        told: dict[str, Any] = json.loads(parts().vault.decrypt(_bytes(challenge), context=_CONTEXT))
        person = staff.get_by_public_id(told["staff"])
        store = None if told["store"] is None else stores.get_by_public_id(told["store"])
    except (ValueError, binascii.Error, LoyaltyError) as error:
        raise SecondStepRefused(is_over=True) from error
    is_over = now() >= datetime.fromtimestamp(told["until"], UTC)
    if is_over or not person.is_active or told["password"] != _fingerprint(person):
        raise SecondStepRefused(is_over=True)
    return person, store


def _bytes(challenge: str) -> bytes:
    return base64.b64decode(challenge + "=" * (-len(challenge) % 4), altchars=b"-_", validate=True)


def _fingerprint(person: Staff) -> str:
    return parts().vault.blind_index(person.password_hash, purpose=_CONTEXT).hex()[:16]
