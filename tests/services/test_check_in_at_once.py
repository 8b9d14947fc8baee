"""The usual check-in is one statement and writes what the long way writes; what is not usual takes the long way."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.actor import Actor
from app.services import check_in_at_once, check_ins, earning_rules, growth, ladders, points, programmes
from app.services.check_in_receipts import CheckInReceipt
from blueprints.schemas.check_ins import CheckInOut
from tests.conftest import NOON, Clock
from tests.factories.members import make_member

# Everything a check-in touches, without the keys the database counts up.
WRITTEN = {
    "member_account": "to_jsonb(r) - 'member_id'",
    "check_in": "to_jsonb(r) - 'member_id'",
    "points_entry": "to_jsonb(r) - 'member_id' - 'id'",
    "points_lot": "to_jsonb(r) - 'member_id' - 'id' - 'entry_id'",
    "growth_entry": "to_jsonb(r) - 'member_id' - 'id'",
    "earning": "to_jsonb(r) - 'member_id' - 'id'",
    "member_badge": "to_jsonb(r) - 'member_id'",
    "member_event": "to_jsonb(r) - 'member_id'",
}


def written(session: Session, member_id: int) -> dict[str, list[Any]]:
    """What stands in the database about a member."""
    return {
        table: list(
            session.scalars(
                text(f"SELECT {row} AS row FROM {table} AS r WHERE r.member_id = :m ORDER BY row"),  # noqa: S608
                {"m": member_id},
            )
        )
        for table, row in WRITTEN.items()
    }


def told(receipt: CheckInReceipt | None) -> dict[str, Any]:
    assert receipt is not None
    return CheckInOut.of(receipt).model_dump()


@pytest.mark.parametrize("terms", ["12M", "never", "30D@month", "2027-06-30"])
def test_both_ways_write_the_same_rows(db_session: Session, standing_clock: Clock, terms: str) -> None:
    programme = programmes.get()
    programme.points_expiry, programme.cut_over_hour = terms, 3
    programme.streak_bonus, programme.monthly_bonus = {"2": 10, "7": 70}, {"3": 30, "8": 80}
    one, other = make_member(), make_member()
    # Seven days in a row, a gap, the turn of the month, a day that is yesterday's by the cut-over.
    for days in (0, 1, 1, 1, 1, 1, 1, 2, 1, 1, 1.6):
        now = standing_clock.move(days=days)
        at_once, long_way = (
            check_in_at_once.attempt(one.id, now=now),
            check_ins.step_by_step(other.id, now=now),
        )
        assert told(at_once) == told(long_way)
    mine = written(db_session, one.id)
    assert mine == written(db_session, other.id)
    assert [len(mine[table]) for table in ("check_in", "points_lot", "earning", "member_badge")] == [11, 11, 11, 1]


def test_without_a_rule_there_is_no_growth_either_way(db_session: Session) -> None:
    earning_rules.stop("check_in_growth", actor=Actor.system(), now=NOON - timedelta(seconds=1))
    one, other = make_member(), make_member()
    assert told(check_in_at_once.attempt(one.id, now=NOON)) == told(check_ins.step_by_step(other.id, now=NOON))
    mine = written(db_session, one.id)
    assert mine == written(db_session, other.id)
    assert (mine["growth_entry"], mine["earning"], mine["member_account"][0]["growth_seq"]) == ([], [], 0)


def owe(member_id: int) -> None:
    points.earn(member_id, amount=50, source="bought", now=NOON)
    points.spend(member_id, amount=50, source="gift", now=NOON)
    points.reverse(member_id, source="bought", reversal_source="refund", now=NOON)


def promise(member_id: int) -> None:
    points.earn(member_id, amount=50, source="bought", now=NOON)
    points.hold(member_id, amount=20, source="bill", expires_at=NOON + timedelta(minutes=5), now=NOON)


def stand_before_a_rung(member_id: int) -> None:
    growth.add(member_id, amount=199, source="bought", now=NOON)


def begin_a_ladder_of_a_year(_: int) -> None:
    codes = ("basic", "silver", "gold", "diamond")
    draft = ladders.create_draft(
        {
            "name": "Year",
            "qualification": "rolling",
            "qualification_months": 12,
            "validity_months": 12,
            "downgrade": "one_down",
            "thresholds": dict(zip(codes, (0, 1, 1000, 5000), strict=True)),
        },
        actor=Actor.system(),
        now=NOON,
    )
    ladders.activate(draft.public_id, actor=Actor.system(), now=NOON)


def add_rule(ledger: str, **terms: Any) -> None:
    earning_rules.create(
        code=f"extra_{ledger}",
        event="check_in",
        ledger=ledger,
        name="加送",
        name_en="Extra",
        terms={"kind": "fixed", "amount": 3, **terms},
        actor=Actor.system(),
        now=NOON,
    )


UNUSUAL: dict[str, tuple[Callable[[int], None], int, int, int]] = {
    # What was done before; then spendable points, debt and growth after a check-in of five points.
    "a debt": (owe, 0, 45, 1),
    "held points": (promise, 35, 0, 1),
    "a rung reached": (stand_before_a_rung, 5, 0, 200),
    "a ladder of periods": (begin_a_ladder_of_a_year, 5, 0, 1),
    "a rule that pays points": (lambda _: add_rule("points"), 8, 0, 1),
    "a second growth rule": (lambda _: add_rule("growth"), 5, 0, 4),
    "a rule with a cap": (lambda _: add_rule("growth", cap_per_day=2), 5, 0, 3),
}


@pytest.mark.parametrize("case", UNUSUAL)
def test_what_is_not_usual_goes_the_long_way(db_session: Session, case: str) -> None:
    prepare, spendable, owed, growth_value = UNUSUAL[case]
    member = make_member()
    prepare(member.id)
    before = written(db_session, member.id)
    assert check_in_at_once.attempt(member.id, now=NOON) is None
    assert written(db_session, member.id) == before
    receipt = check_ins.check_in(member.id, now=NOON)
    account = written(db_session, member.id)["member_account"][0]
    assert (receipt.spendable, account["points_owed"], account["growth_value"]) == (spendable, owed, growth_value)
    assert receipt.standing.tier.code == ("silver" if growth_value == 200 or "ladder" in case else "basic")


def test_a_repeat_and_a_clock_behind_write_nothing(db_session: Session) -> None:
    member = make_member()
    check_ins.check_in(member.id, now=NOON)
    before = written(db_session, member.id)
    for now in (NOON, NOON + timedelta(hours=1), NOON - timedelta(hours=1), NOON - timedelta(days=1)):
        assert check_in_at_once.attempt(member.id, now=now) is None
    assert written(db_session, member.id) == before
