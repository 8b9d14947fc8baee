"""One code brought by many at one instant opens one sign-in."""

from datetime import timedelta

import pyotp

from app.actor import Actor
from app.services import second_steps
from app.transaction import transaction
from app.wiring import parts
from tests.concurrency.identity_calls import take_code
from tests.concurrency.race import Racers, call, tally
from tests.conftest import NOON, CommittedDatabase
from tests.factories.staff import make_staff


def test_16_bring_one_code_and_one_comes_in(committed_db: CommittedDatabase, racers: Racers) -> None:
    with committed_db.session(), transaction():
        person = make_staff("admin")
        staff_id = person.id
        vault, actor = parts().vault, Actor.system()
        secret = second_steps.start(person, vault=vault, now=NOON).secret
        first = pyotp.TOTP(secret).at(NOON - timedelta(seconds=30))
        recovery = second_steps.confirm(person, first, session_id=0, vault=vault, actor=actor, now=NOON)
    for code in (pyotp.TOTP(secret).at(NOON), recovery[0]):
        outcomes = racers.run(committed_db, [call(take_code, staff_id=staff_id, code=code)] * 16)
        assert tally(outcomes) == {"ok": 16}
        assert sum(outcome.value for outcome in outcomes) == 1
