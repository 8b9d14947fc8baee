"""Pace and time left."""

import pytest

from app.rules.progress import Pace


@pytest.mark.parametrize(
    ("looks", "pace", "left", "seconds"),
    [
        ([], None, 10, None),
        ([(0, 5)], None, 10, None),
        ([(0, 0), (2, 20)], 10, 50, 5),
        ([(0, 0), (2, 20)], 10, 0, 0),
        # Held: nobody can say.
        ([(0, 20), (2, 20)], 0, 50, None),
        # A doubt settled as failed is no negative pace.
        ([(0, 20), (2, 19)], 0, 50, None),
        ([(1, 0), (1, 10)], None, 50, None),
        # What was long ago counts no more.
        ([(0, 0), (10, 1_000), (41, 1_000), (51, 1_100)], 10, 100, 10),
    ],
)
def test_pace(looks: list[tuple[float, int]], pace: float | None, left: int, seconds: int | None) -> None:
    seen = Pace()
    for at, sent in looks:
        seen.see(at, sent)
    assert (seen.per_second, seen.seconds_left(left)) == (pace, seconds)
