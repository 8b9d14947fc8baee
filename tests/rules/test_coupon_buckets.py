"""Spreading stock and budget: nothing lost, nothing left where nobody can take it."""

from hypothesis import given
from hypothesis import strategies as st

from app.rules.coupon_buckets import BUCKETS, CROWDED_FROM, Share, Taken, how_many, spread

WORTH = 1_000


def copies(share: Share, taken: Taken, *, worth_fen: int = WORTH) -> int:
    """What one bucket can still give."""
    return min(share.stock - taken.issued, (share.budget_fen - taken.committed_fen) // worth_fen)


def test_a_small_batch_is_one_bucket_and_a_crowded_one_many() -> None:
    assert [how_many(stock) for stock in (1, CROWDED_FROM - 1, CROWDED_FROM)] == [1, 1, BUCKETS]


def test_ten_copies_and_money_for_seven_in_four_buckets() -> None:
    shares = spread(10, 7_500, worth_fen=WORTH, taken=[Taken()] * 4)
    assert shares == [Share(3, 2_500), Share(3, 2_000), Share(3, 2_000), Share(1, 1_000)]


TAKEN = st.lists(st.integers(0, 40), min_size=1, max_size=8)


@given(issued=TAKEN, more=st.integers(0, 500), money=st.integers(0, 500_000), worth=st.integers(1, 5_000))
def test_shares_add_up_and_allow_exactly_what_the_batch_allows(
    issued: list[int], more: int, money: int, worth: int
) -> None:
    taken = [Taken(n, n * worth) for n in issued]
    stock, budget = sum(issued) + more, sum(issued) * worth + money
    shares = spread(stock, budget, worth_fen=worth, taken=taken)
    assert (sum(one.stock for one in shares), sum(one.budget_fen for one in shares)) == (stock, budget)
    for share, one in zip(shares, taken, strict=True):
        assert share.stock >= one.issued
        assert share.budget_fen >= one.committed_fen
    left = sum(copies(share, one, worth_fen=worth) for share, one in zip(shares, taken, strict=True))
    assert left == min(more, money // worth)
