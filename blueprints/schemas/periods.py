"""The spans of business dates that reports and settlements are asked for."""

from datetime import date
from typing import Annotated

from pydantic import Field

from app.services import periods
from app.services.periods import Period
from blueprints.schemas.base import BusinessDate, Closed, ClosedQuery, Out, PageQuery

# Business dates, the second not included; at most 400 days apart.
First = Annotated[BusinessDate, Field(description="The first business date.")]
Until = Annotated[BusinessDate, Field(description="The business date after the last one, at most 400 days on.")]


class PeriodQuery(ClosedQuery):
    """`[first_on, until_on)` in business dates."""

    first_on: First
    until_on: Until

    @property
    def period(self) -> Period:
        return periods.of(self.first_on, self.until_on)


class PeriodPageQuery(PeriodQuery, PageQuery):
    """A page of what happened in `[first_on, until_on)`."""


class PeriodIn(Closed):
    """`[first_on, until_on)` in business dates."""

    first_on: First
    until_on: Until


class PeriodOut(Out):
    """`[first_on, until_on)` in business dates."""

    first_on: date
    until_on: date


def file_name(report: str, first_on: date, until_on: date) -> str:
    """ASCII, and telling of what and when."""
    return f"{report}-{first_on}-{until_on}.csv"
