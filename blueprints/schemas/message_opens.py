"""A message opened, as the client tells it."""

from typing import Annotated, Literal

from pydantic import StringConstraints

from blueprints.schemas.base import Closed, Out

LinkCode = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{12}$")]


class MessageOpenIn(Closed):
    """`code` is the value of `d` in the query of the page the message opened."""

    code: LinkCode


class MessageOpenOut(Out):
    """The same whatever became of it."""

    noted: Literal[True]
