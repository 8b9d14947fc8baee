"""Points as money: never more than a bill takes, never a point for nothing, never a fen too many."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import PointsNotAccepted
from app.rules import points_payment
from app.rules.points_payment import Payment, Price

YUAN = Price(fen_per_100=100, max_bp=5_000)

prices = st.builds(Price, fen_per_100=st.integers(1, 1_000), max_bp=st.integers(0, 10_000))


@pytest.mark.parametrize(
    ("points", "left_fen", "price", "paid"),
    [
        (0, 10_000, YUAN, Payment()),
        (100, 10_000, YUAN, Payment(100, 100)),
        (5_000, 10_000, YUAN, Payment(5_000, 5_000)),
        # 33 fen for 100 points: the 101st pays nothing.
        (101, 10_000, Price(fen_per_100=33, max_bp=10_000), Payment(100, 33)),
        # Two fen a point.
        (3, 10_000, Price(fen_per_100=200, max_bp=10_000), Payment(3, 6)),
    ],
)
def test_what_points_pay(points: int, left_fen: int, price: Price, paid: Payment) -> None:
    assert points_payment.pay(points, left_fen=left_fen, price=price, forbidden=False) == paid


@pytest.mark.parametrize(
    ("points", "left_fen", "price", "refusal"),
    [
        (5_001, 10_000, YUAN, ("too_many", 5_000)),
        (1, 0, YUAN, ("too_many", 0)),
        (1, 10_000, YUAN, ("coupon", 0)),
        (1, 10_000, Price(fen_per_100=100, max_bp=0), ("switched_off", 0)),
        (3, 10_000, Price(fen_per_100=33, max_bp=10_000), ("too_few", 30_303)),
    ],
)
def test_what_is_refused(points: int, left_fen: int, price: Price, refusal: tuple[str, int]) -> None:
    with pytest.raises(PointsNotAccepted) as refused:
        points_payment.pay(points, left_fen=left_fen, price=price, forbidden=refusal[0] == "coupon")
    assert refused.value.data == {"reason": refusal[0], "most_points": refusal[1]}


@given(left_fen=st.integers(0, 10**7), spendable=st.integers(0, 10**7), price=prices)
def test_the_most_can_be_paid_and_no_point_is_wasted(left_fen: int, spendable: int, price: Price) -> None:
    most = points_payment.most(left_fen, spendable=spendable, price=price)
    assert 0 <= most.points <= spendable
    assert most.fen * 10_000 <= left_fen * price.max_bp
    assert (most.points == 0) == (most.fen == 0)
    if most.points:
        assert points_payment.pay(most.points, left_fen=left_fen, price=price, forbidden=False) == most
        assert price.worth(most.points - 1) < most.fen
