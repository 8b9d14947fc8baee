"""A scan in one statement tells and writes what it does step by step."""

import contextlib
import dataclasses
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.errors import MemberCodeUsed, TooMany
from app.extensions import db
from app.gateways import attempt_limit
from app.models import Member, Staff, Store
from app.plain_statements import send_last
from app.services import member_notes, points, programmes, redemptions, scans, visits
from app.services.scans import Scanned
from app.transaction import transaction
from tests.concurrency.waiting import wait_until_somebody_waits
from tests.conftest import NOON, CommittedDatabase
from tests.factories.coupons import at_counter, give_coupon, open_visit
from tests.factories.members import make_member
from tests.factories.staff import make_staff, make_store

# Three wrong codes in five minutes.
TURN = attempt_limit.turn("clerk", limit=3, window_seconds=300, now=NOON)


@dataclasses.dataclass(frozen=True)
class Clerk:
    id: int
    store_id: int | None


@pytest.fixture
def store() -> Store:
    return make_store()


@pytest.fixture
def person(store: Store) -> Staff:
    return make_staff(at=[store])


def told(scanned: Scanned) -> dict[str, Any]:
    """All of it but what is drawn by lot."""
    value = dataclasses.asdict(scanned)
    del value["visit"]["id"], value["visit"]["public_id"]
    return value


def written(session: Session) -> list[Any]:
    rows = session.scalars(
        text("SELECT to_jsonb(v) - 'id' - 'public_id' - 'code_step' FROM counter_visit v ORDER BY id")
    )
    return list(rows)


def with_nothing(_member: Member, _person: Staff, _store: Store) -> None:
    """Nobody has less."""


def with_points_and_a_birthday(member: Member, _person: Staff, _store: Store) -> None:
    member.birth_month, member.birth_day = 11, 20
    points.earn(member.id, amount=70, source="a", now=NOON)
    points.earn(member.id, amount=5, source="b", now=NOON, expiry="2026-11-20")


def with_notes(member: Member, person: Staff, store: Store) -> None:
    member_notes.add(member.id, "不要香菜", actor=at_counter(person, store), now=NOON)


def with_coupons(member: Member, person: Staff, store: Store) -> None:
    elsewhere = make_store(name="二号店")
    give_coupon(member, valid_days=9)
    give_coupon(member, valid_days=3, stores=[store])
    give_coupon(member, valid_days=5, stores=[elsewhere])
    give_coupon(member, valid_days=5, start_delay_days=2)
    give_coupon(member, valid_days=5, tiers=["basic"])
    several = give_coupon(member, valid_days=7, uses=3)
    visit = open_visit(member, clerk=person, store=store)
    redemptions.redeem(
        visit_public_id=visit.public_id,
        coupon_public_id=several.public_id,
        bill_fen=8_800,
        order_no=None,
        actor=at_counter(person, store),
        now=NOON,
    )


CASES: dict[str, tuple[Callable[[Member, Staff, Store], None], int]] = {
    "nothing": (with_nothing, 0),
    "points and a birthday": (with_points_and_a_birthday, 0),
    "coupons": (with_coupons, 4),
    "notes": (with_notes, 0),
}


@pytest.mark.parametrize("case", CASES)
def test_both_ways_tell_and_write_the_same(db_session: Session, store: Store, person: Staff, case: str) -> None:
    prepare, coupons = CASES[case]
    programmes.get().cut_over_hour = 4
    member = make_member()
    prepare(member, person, store)
    clerk = Clerk(person.id, store.id)
    at_once = open_at_once(member, 1, clerk)
    long_way = scans.step_by_step(member.id, code_step=2, staff=clerk, now=NOON)
    assert at_once is not None
    assert told(at_once) == told(long_way)
    assert (len(at_once.coupons), at_once.card.has_notes) == (coupons, case == "notes")
    rows = written(db_session)
    assert rows[-1] == rows[-2]


def open_at_once(member: Member, code_step: int, clerk: Clerk) -> Scanned | None:
    """As the counter does it: sent with the commit."""
    usual = scans.Usual(member.id, code_step=code_step, staff=clerk, turn=TURN, now=NOON)
    with transaction():
        sent = send_last(*usual.plain)
    return usual.scanned(sent.rows)


def test_a_code_scanned_again_is_the_same_visit(db_session: Session, store: Store, person: Staff) -> None:
    member, clerk = make_member(), Clerk(person.id, store.id)
    first = open_at_once(member, 1, clerk)
    assert first is not None
    assert open_at_once(member, 1, clerk) is None
    again = scans.step_by_step(member.id, code_step=1, staff=clerk, now=NOON + timedelta(seconds=5))
    assert (first.visit.is_new, again.visit.is_new) == (True, False)
    assert first.visit.public_id == again.visit.public_id
    assert len(written(db_session)) == 1
    visits.use(first.visit.public_id, staff=clerk, now=NOON)
    assert open_at_once(member, 1, clerk) is None
    with pytest.raises(MemberCodeUsed):
        scans.step_by_step(member.id, code_step=1, staff=clerk, now=NOON)


@pytest.mark.parametrize(("wrong", "is_opened"), [(0, True), (2, True), (3, False), (4, False)])
def test_a_right_code_past_the_limit_of_wrong_ones_opens_nothing(
    db_session: Session, store: Store, person: Staff, wrong: int, is_opened: bool
) -> None:
    for _ in range(wrong):
        with contextlib.suppress(TooMany):
            attempt_limit.hit(db_session, "clerk", limit=3, window_seconds=300, now=NOON)
    opened = open_at_once(make_member(), 1, Clerk(person.id, store.id))
    assert (opened is not None, len(written(db_session))) == (is_opened, int(is_opened))


def test_it_waits_for_a_wrong_one_that_is_being_counted(committed_db: CommittedDatabase) -> None:
    with committed_db.session(), transaction():
        member, store = make_member(), make_store()
        clerk = Clerk(make_staff(at=[store]).id, store.id)
        for _ in range(2):
            attempt_limit.hit(db.session, "clerk", limit=3, window_seconds=300, now=NOON)

    def scan() -> Scanned | None:
        with committed_db.session():
            return open_at_once(member, 1, clerk)

    with committed_db.session() as counting, ThreadPoolExecutor(1) as pool:
        attempt_limit.hit(counting, "clerk", limit=3, window_seconds=300, now=NOON)
        opened = pool.submit(scan)
        wait_until_somebody_waits(committed_db)
        counting.commit()
        assert opened.result(timeout=30) is None
