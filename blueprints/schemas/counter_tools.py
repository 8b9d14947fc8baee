"""The counter's tools: a camera's frame to be read, points for a coupon, a bill to practise with."""

from typing import Annotated

from pydantic import Field, StringConstraints

from app.services.practice import Practice
from blueprints.schemas.base import Closed, Out, Points, PublicId
from blueprints.schemas.checkouts import BillFen, ChoiceOut, ExplainedOut
from blueprints.schemas.members import MemberCardOut

# Base64 of the largest frame.
MAX_FRAME_TEXT = 60_000


class FrameIn(Closed):
    """A JPEG of at most 640 by 480 in base64. It is read and forgotten."""

    jpeg: Annotated[str, StringConstraints(min_length=1, max_length=MAX_FRAME_TEXT, pattern=r"^[A-Za-z0-9+/]+={0,2}$")]


class FrameOut(Out):
    """The text of the code in the frame; null when there is none that could be ours."""

    text: str | None


class CounterExchangeIn(Closed):
    """The price the member was told: when it is another one by now, nothing is taken."""

    visit_id: PublicId
    batch_id: PublicId
    points_price: Points


class PracticeIn(Closed):
    """A bill of your own choice."""

    bill_fen: BillFen = Field(default=0)


class PracticeOut(Out):
    """What a scan and a quote would show. `code` is the member code to practise scanning with; it opens nothing."""

    code: str
    member: MemberCardOut
    coupons: list[ExplainedOut]
    best: ChoiceOut

    @classmethod
    def of(cls, practice: Practice, *, code: str) -> "PracticeOut":
        return cls(
            code=code,
            member=MemberCardOut.of(practice.card),
            coupons=[ExplainedOut.of(one) for one in practice.explained],
            best=ChoiceOut.of(practice.best),
        )
