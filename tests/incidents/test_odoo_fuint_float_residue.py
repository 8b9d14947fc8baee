"""Odoo: a residue of floating point made a bill miss its coupon's minimum by nothing; fuint keeps money in FLOAT(10,2).

Here money is whole fen from the request to the row; there is no column it could turn into a fraction in, and what a share takes
off is rounded once and adds up over the lines."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.errors import MinimumSpendNotMet
from app.rules import stacking
from app.rules.coupon_conditions import Bill
from app.rules.coupon_terms import Terms
from app.rules.earning_conditions import Line
from app.rules.stacking import Candidate, Policy
from tests.factories.coupons import give_coupon
from tests.factories.members import make_member
from tests.incidents.desk import Desk, used

# Sums that are not what they look like in binary: 0.1 + 0.2, 1.1 + 2.2, 4.35 × 100, ten times 0.1.
AWKWARD = ((10, 20), (110, 220), (435, 0), (10,) * 10, (1_999, 1_001), (3_333, 3_333, 3_334))


def bill(*amounts: int) -> Bill:
    return Bill(
        on=date(2026, 11, 20),
        hour=10,
        store_code="S1",
        channel="store:S1",
        tier_code="gold",
        is_first_purchase=False,
        lines=tuple(Line(line_no=n, amount_fen=fen) for n, fen in enumerate(amounts, start=1)),
    )


def candidate(**terms: object) -> Candidate:
    return Candidate(key=1, terms=Terms(**terms), expires_at=datetime(2026, 12, 1, tzinfo=UTC) + timedelta(days=1))  # type: ignore[arg-type]


@pytest.mark.parametrize("amounts", AWKWARD)
def test_a_minimum_met_to_the_fen_is_met(amounts: tuple[int, ...]) -> None:
    total = sum(amounts)
    off = candidate(kind="amount_off", value_fen=total, min_spend_fen=total)
    assert stacking.apply([off], bill(*amounts), Policy()).payable_fen == 0
    with pytest.raises(MinimumSpendNotMet):
        stacking.apply([off], bill(amounts[0] - 1, *amounts[1:]), Policy())


@pytest.mark.parametrize("amounts", AWKWARD)
@pytest.mark.parametrize("percent_bp", [1, 1_000, 3_333, 9_999])
def test_a_share_adds_up_over_the_lines(amounts: tuple[int, ...], percent_bp: int) -> None:
    off = candidate(kind="percent_off", percent_bp=percent_bp, value_fen=1_000_000)
    outcome = stacking.attempt([off], bill(*amounts), Policy())
    if isinstance(outcome, stacking.Refused):
        assert sum(amounts) * percent_bp < 10_000
        return
    assert outcome.total_discount_fen == sum(amounts) * percent_bp // 10_000
    assert sum(line.amount_fen for line in outcome.lines_after) == outcome.payable_fen
    assert outcome.payable_fen + outcome.total_discount_fen == sum(amounts)


def test_at_the_counter_a_fen_below_is_below_and_the_minimum_is_enough(db_session: Session) -> None:
    desk, member = Desk.make(), make_member()
    coupon = give_coupon(member, value_fen=435, min_spend_fen=3_000)
    with pytest.raises(MinimumSpendNotMet), db_session.begin_nested():
        desk.redeem(member, coupon, bill_fen=2_999)
    desk.redeem(member, coupon, bill_fen=3_000)
    assert used(coupon) == ("redeemed", 1)


def test_no_column_can_hold_a_fraction(db_session: Session) -> None:
    found = db_session.execute(
        text(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
            " AND data_type IN ('real', 'double precision', 'numeric', 'money')"
            # Whole numbers wider than any integer: sums of squares.
            " AND NOT (data_type = 'numeric' AND numeric_scale = 0)"
        )
    ).all()
    assert found == []
