"""What every JSON shape shares: closed bodies, strict types, texts that PostgreSQL and a screen can hold."""

import uuid
from datetime import date
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, PlainSerializer, StringConstraints

D = TypeVar("D", bound=date)

# A single amount above this is a typing error, not business: 10 million yuan.
MAX_FEN = 1_000_000_000
MAX_POINTS = 100_000_000
# Years a shop can mean. At the ends of the calendar an offset or a day added leaves what Python can hold: a stored instant
# could then never be read again.
FIRST_YEAR, LAST_YEAR = 2000, 2999


class Closed(BaseModel):
    """A request body: unknown fields and wrong types are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, str_strip_whitespace=True)


class ClosedQuery(BaseModel):
    """A query string: everything arrives as text, so numbers are read; unknown names are refused."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Out(BaseModel):
    """A response: built from a service's value by attribute."""

    model_config = ConfigDict(from_attributes=True, extra="forbid")


def _clean(value: str) -> str:
    if any(ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 or 0xD800 <= ord(c) <= 0xDFFF or c in "\ufffe\uffff" for c in value):
        raise ValueError("control characters and lone surrogates are not text")
    return value


def _in_our_time(on: D) -> D:
    if not FIRST_YEAR <= on.year <= LAST_YEAR:
        raise ValueError(f"the year must lie between {FIRST_YEAR} and {LAST_YEAR}")
    return on


def text_of(max_length: int, *, min_length: int = 1) -> Any:
    """Trimmed text of a bounded length, without control characters."""
    return Annotated[str, StringConstraints(min_length=min_length, max_length=max_length), AfterValidator(_clean)]


# One line of text people read; 1 to 100 characters.
Text = Annotated[str, StringConstraints(min_length=1, max_length=100), AfterValidator(_clean)]
# A code or key our own software made; 1 to 64 characters.
Code = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.:-]+$")]
PublicId = Annotated[uuid.UUID, Field(strict=False)]
# RFC 3339 with offset, in and out.
Instant = Annotated[
    AwareDatetime,
    Field(strict=False),
    AfterValidator(_in_our_time),
    PlainSerializer(lambda at: at.isoformat(timespec="milliseconds"), return_type=str, when_used="json"),
]
# A date of the shop's calendar.
BusinessDate = Annotated[date, Field(strict=False), AfterValidator(_in_our_time)]
# Whole fen of money, above zero and below absurd.
Fen = Annotated[int, Field(gt=0, le=MAX_FEN)]
Points = Annotated[int, Field(gt=0, le=MAX_POINTS)]


class PageQuery(ClosedQuery):
    """`limit` rows (1 to 100) after an opaque `cursor`."""

    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: Annotated[str, StringConstraints(max_length=400)] | None = None
