"""The second step of a sign-in (TOTP, RFC 6238): set up by the person, asked for after the password, each code good once.

docs/domain/sign-in.md
"""

import base64
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

import pyotp
from sqlalchemy import delete, func, select

from app.actor import Actor
from app.errors import NotAllowed, SecondStepOff, SecondStepOn, SecondStepRequired, SecondStepWrong
from app.extensions import db
from app.models import Staff, StaffRecoveryCode, StaffSecondStep
from app.services import audit, programmes, sessions
from app.statements import second_steps as statements

ISSUER: Final = "Huitou"
STEP_SECONDS: Final = 30
# A phone's clock may be off by a step (RFC 6238, 5.2).
DRIFT_STEPS: Final = 1
DIGITS: Final = 6
RECOVERY_CODES: Final = 10
# 80 bits each, in two groups of eight letters and digits that no hand confuses (RFC 4648).
RECOVERY_BYTES: Final = 10
HASH_PURPOSE: Final = "staff.recovery_code"


class Vault(Protocol):
    """The part of the vault that second steps need."""

    def encrypt(self, plaintext: str, *, context: str) -> bytes: ...

    def decrypt(self, blob: bytes, *, context: str) -> str: ...

    def blind_index(self, value: str, *, purpose: str) -> bytes: ...


@dataclass(frozen=True)
class State:
    """What a person has: since when, and how many recovery codes are left; whether their role needs it."""

    confirmed_at: datetime | None
    recovery_codes_left: int
    is_required: bool


@dataclass(frozen=True, repr=False)
class Fresh:
    """A secret just drawn: the only moment it is known outside the vault. `uri` is what an authenticator scans."""

    secret: str
    uri: str


def state(person: Staff) -> State:
    """How it stands with a person."""
    confirmed_at = db.session.scalar(select(StaffSecondStep.confirmed_at).where(StaffSecondStep.staff_id == person.id))
    left = select(func.count()).where(StaffRecoveryCode.staff_id == person.id, StaffRecoveryCode.used_at.is_(None))
    return State(confirmed_at, int(db.session.scalar(left) or 0), is_required(person))


def is_required(person: Staff) -> bool:
    """Whether the person's role must have one."""
    return person.role in programmes.get().second_step_roles


def is_on(staff_id: int) -> bool:
    """Whether a person signs in with a second step."""
    return bool(on_for([staff_id]))


def on_for(staff_ids: Sequence[int]) -> set[int]:
    """Those of these people who have one."""
    query = select(StaffSecondStep.staff_id).where(
        StaffSecondStep.staff_id.in_(staff_ids), StaffSecondStep.confirmed_at.is_not(None)
    )
    return set(db.session.scalars(query))


def start(person: Staff, *, vault: Vault, now: datetime) -> Fresh:
    """Draw a secret that waits for its first code; a second start replaces one that waits. Raises SecondStepOn."""
    secret = pyotp.random_base32()
    values = {
        "staff_id": person.id,
        "secret_cipher": vault.encrypt(secret, context=_context(person.id)),
        "now": now,
    }
    if db.session.execute(statements.START, values).first() is None:
        raise SecondStepOn
    return Fresh(secret, pyotp.TOTP(secret).provisioning_uri(name=person.login, issuer_name=ISSUER))


def confirm(person: Staff, code: str, *, session_id: int, vault: Vault, actor: Actor, now: datetime) -> list[str]:
    """Turn it on with the first code; the person's other sign-ins end. Returns the recovery codes, told here alone.

    Raises SecondStepOff when none waits, SecondStepWrong.
    """
    row = _find(person.id)
    if row is None or row.confirmed_at is not None:
        raise SecondStepOff
    step = _step_of(row, code, vault=vault, now=now)
    values = {"staff_id": person.id, "step": step, "now": now}
    if step is None or db.session.execute(statements.CONFIRM, values).first() is None:
        raise SecondStepWrong
    db.session.execute(statements.FREE_SESSIONS, {"staff_id": person.id})
    sessions.revoke_all_of_staff(person.id, now=now, but=session_id)
    _note("staff.second_step_on", person, actor=actor, now=now)
    return _draw_codes(person.id, vault=vault)


def use(staff_id: int, code: str, *, vault: Vault, now: datetime) -> bool:
    """Take a code of the authenticator or a recovery code, once. False for one that is wrong, old or used."""
    plain = "".join(code.split()).replace("-", "").upper()
    if not (len(plain) == DIGITS and plain.isdecimal()):
        values = {"staff_id": staff_id, "code_hash": _hash(staff_id, plain, vault=vault), "now": now}
        return is_on(staff_id) and db.session.execute(statements.USE_RECOVERY_CODE, values).first() is not None
    row = _find(staff_id)
    step = None if row is None else _step_of(row, plain, vault=vault, now=now)
    if step is None:
        return False
    return db.session.execute(statements.USE_STEP, {"staff_id": staff_id, "step": step}).first() is not None


def renew_codes(person: Staff, code: str, *, vault: Vault, actor: Actor, now: datetime) -> list[str]:
    """Draw new recovery codes; the old ones are good no more. Raises SecondStepOff, SecondStepWrong."""
    _prove(person, code, vault=vault, now=now)
    _note("staff.recovery_codes", person, actor=actor, now=now)
    return _draw_codes(person.id, vault=vault)


def end(person: Staff, code: str, *, vault: Vault, actor: Actor, now: datetime) -> None:
    """Turn it off. Raises SecondStepOff, SecondStepRequired, SecondStepWrong."""
    if is_required(person):
        raise SecondStepRequired
    _prove(person, code, vault=vault, now=now)
    _forget(person.id)
    _note("staff.second_step_off", person, actor=actor, now=now)


def reset(person: Staff, *, actor: Actor, now: datetime) -> None:
    """Take it off somebody who lost it; every sign-in of theirs ends. Raises NotAllowed for oneself, SecondStepOff."""
    if actor.kind == "staff" and actor.id == person.id:
        # Who holds a stolen sign-in must not get past the code with it.
        raise NotAllowed(reason="own_second_step")
    if _find(person.id) is None:
        raise SecondStepOff
    _forget(person.id)
    sessions.revoke_all_of_staff(person.id, now=now)
    _note("staff.second_step_reset", person, actor=actor, now=now)


def bind_sessions(*, now: datetime) -> None:
    """After a change of roles or of policy: who must have a second step and has none may only set it up."""
    db.session.flush()  # the statement reads what was changed
    db.session.execute(statements.BIND_SESSIONS, {"now": now})


def _prove(person: Staff, code: str, *, vault: Vault, now: datetime) -> None:
    if not is_on(person.id):
        raise SecondStepOff
    if not use(person.id, code, vault=vault, now=now):
        raise SecondStepWrong


def _find(staff_id: int) -> StaffSecondStep | None:
    return db.session.get(StaffSecondStep, staff_id, populate_existing=True)


def _step_of(row: StaffSecondStep, code: str, *, vault: Vault, now: datetime) -> int | None:
    """The step whose code this is, among those a phone may show now."""
    totp = pyotp.TOTP(vault.decrypt(row.secret_cipher, context=_context(row.staff_id)))
    present = int(now.timestamp()) // STEP_SECONDS
    near = range(present - DRIFT_STEPS, present + DRIFT_STEPS + 1)
    found = [step for step in near if secrets.compare_digest(totp.generate_otp(step).encode(), code.encode())]
    return found[0] if found else None


def _draw_codes(staff_id: int, *, vault: Vault) -> list[str]:
    db.session.execute(delete(StaffRecoveryCode).where(StaffRecoveryCode.staff_id == staff_id))
    plain = [base64.b32encode(secrets.token_bytes(RECOVERY_BYTES)).decode("ascii") for _ in range(RECOVERY_CODES)]
    db.session.add_all(
        StaffRecoveryCode(staff_id=staff_id, code_hash=_hash(staff_id, one, vault=vault)) for one in plain
    )
    db.session.flush()  # they hang on the step's row, which a statement wrote
    return [f"{one[:8]}-{one[8:]}" for one in plain]


def _forget(staff_id: int) -> None:
    db.session.execute(delete(StaffRecoveryCode).where(StaffRecoveryCode.staff_id == staff_id))
    db.session.execute(delete(StaffSecondStep).where(StaffSecondStep.staff_id == staff_id))


def _hash(staff_id: int, plain: str, *, vault: Vault) -> bytes:
    return vault.blind_index(f"{staff_id}:{plain}", purpose=HASH_PURPOSE)


def _context(staff_id: int) -> str:
    return f"staff.second_step:{staff_id}"


def _note(action: str, person: Staff, *, actor: Actor, now: datetime) -> None:
    audit.record(
        action, actor=actor, object_kind="staff", object_id=person.id, details={"login": person.login}, now=now
    )
