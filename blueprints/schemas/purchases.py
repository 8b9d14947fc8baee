"""Bills with their lines, shared by every door that takes them."""

from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from app.services.purchases import BillLine
from blueprints.schemas.base import MAX_FEN, Closed, Text

# More lines than a till prints on one bill; the body's limit comes near it.
MAX_LINES = 200
MAX_QUANTITY = 100_000

DiscountFen = Annotated[int, Field(ge=0, le=MAX_FEN)]


class LineIn(Closed):
    """What was bought: `amount_fen` for the whole line, after its own discounts and its share of the bill's."""

    # The shop's own article number and goods class, whatever its tills call them.
    sku: Text
    category: Text | None = None
    quantity: Annotated[int, Field(ge=1, le=MAX_QUANTITY)] = 1
    amount_fen: Annotated[int, Field(ge=0, le=MAX_FEN)]


Lines = Annotated[list[LineIn], Field(max_length=MAX_LINES)]


class Priced(Closed):
    """A body with `bill_fen` and `discount_fen`: nobody is given more than the bill."""

    @model_validator(mode="after")
    def _discount_within_bill(self) -> Self:
        said: Any = self
        if said.discount_fen > said.bill_fen:
            raise ValueError("discount_fen is above bill_fen")
        return self


def lines_of(lines: list[LineIn]) -> list[BillLine]:
    """As the services take them."""
    return [BillLine(**{**line.model_dump(), "category": line.category or ""}) for line in lines]
