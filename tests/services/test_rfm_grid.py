"""The grid of scores: active members alone, each once."""

from app.extensions import db
from app.models import MemberFigure
from app.services import rfm_grid
from app.services.rfm_grid import Cell
from tests.conftest import NOON
from tests.factories.members import make_member

ON = NOON.date()


def scored(recency: int | None, frequency: int | None, *, money: int | None = 3, fen: int = 1_000) -> None:
    member = make_member()
    bought = recency is not None
    db.session.add(
        MemberFigure(
            member_id=member.id,
            first_purchase_on=ON if bought else None,
            last_purchase_on=ON if bought else None,
            purchases=int(bought),
            purchases_year=int(bought),
            spent_fen=fen if bought else 0,
            spent_year_fen=fen if bought else 0,
            recency=recency,
            frequency=frequency,
            money=money if bought else None,
            stage="new",
            stage_since=ON,
            computed_on=ON,
        )
    )
    db.session.flush()


def test_members_are_counted_by_their_scores(db_session: object) -> None:
    assert rfm_grid.look() == []
    scored(5, 4, money=5)
    scored(5, 4, money=4, fen=500)
    scored(1, 1)
    scored(None, None)
    assert rfm_grid.look() == [
        Cell(recency=5, frequency=4, members=2, spent_year_fen=1_500, money_tenths=45),
        Cell(recency=1, frequency=1, members=1, spent_year_fen=1_000, money_tenths=30),
    ]
