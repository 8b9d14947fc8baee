"""Second steps in the made-up shop: one that waits for its first code, two that are on, a sign-in half done."""

from datetime import datetime
from typing import Any

import pyotp

from app.actor import Actor
from app.models import Staff
from app.services import second_steps
from app.wiring import parts
from blueprints import staff_sign_in
from tests.factories.staff import make_staff


def stock(people: dict[str, Staff], *, now: datetime) -> dict[str, list[Any]]:
    """Of the people who call; what is known of them, by field."""
    waiting = second_steps.start(people["manager"], vault=parts().vault, now=now)
    half_in = make_staff("auditor")
    codes = [pyotp.TOTP(waiting.secret).at(now)]
    for person in (people["marketer"], people["clerk"], half_in):
        codes += _on(person, now=now)[:4]
    other = make_staff("clerk")
    _on(other, now=now)
    return {
        "second_step_code": codes,
        "challenge": [staff_sign_in.challenge_of(half_in, None, now=now)],
        "second_step_roles": [[]],
        "protected_id": [str(other.public_id)],
        "new_password": ["quite another one"],
    }


def _on(person: Staff, *, now: datetime) -> list[str]:
    fresh = second_steps.start(person, vault=parts().vault, now=now)
    return second_steps.confirm(
        person,
        pyotp.TOTP(fresh.secret).at(now),
        session_id=0,
        vault=parts().vault,
        actor=Actor.system(),
        now=now,
    )
