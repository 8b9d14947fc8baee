"""Second steps in the made-up shop: one that waits for its first code, some that are on, a sign-in half done."""

from datetime import datetime
from typing import Any

import pyotp

from app.extensions import db
from app.models import Staff, StaffSecondStep
from app.services.second_steps import STEP_SECONDS
from app.wiring import parts
from blueprints import staff_sign_in
from tests.factories.staff import make_staff

# Everybody has the same, so that the one code there is at a time is good for whoever calls.
SECRET = pyotp.random_base32()


def stock(people: dict[str, Staff], *, now: datetime) -> dict[str, list[Any]]:
    """Of the people who call; what is known of them, by field."""
    half_in, other = make_staff("auditor"), make_staff("clerk")
    for person in (people["marketer"], people["clerk"], half_in, other):
        _have(person, now=now, is_on=True)
    _have(people["manager"], now=now, is_on=False)
    db.session.flush()
    return {
        "second_step_code": [pyotp.TOTP(SECRET).at(now)],
        "challenge": [staff_sign_in.challenge_of(half_in, None, now=now)],
        "second_step_roles": [[]],
        "protected_id": [str(other.public_id)],
        "new_password": ["quite another one"],
    }


def _have(person: Staff, *, now: datetime, is_on: bool) -> None:
    db.session.add(
        StaffSecondStep(
            staff_id=person.id,
            secret_cipher=parts().vault.encrypt(SECRET, context=f"staff.second_step:{person.id}"),
            started_at=now,
            confirmed_at=now if is_on else None,
            last_step=int(now.timestamp()) // STEP_SECONDS - 1 if is_on else None,
        )
    )
