"""The grid of scores on the wire."""

from blueprints.schemas.base import Out


class RfmCellOut(Out):
    """Scores from 1 to 5, 5 the best; `money_tenths`: the money score of its members, on the average, in tenths."""

    recency: int
    frequency: int
    members: int
    spent_year_fen: int
    money_tenths: int


class RfmGridOut(Out):
    """Cells without members are left out."""

    data: list[RfmCellOut]
