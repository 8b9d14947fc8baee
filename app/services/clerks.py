"""Who stands at a counter."""

from dataclasses import dataclass

from app.actor import Actor
from app.errors import NotAllowed


@dataclass(frozen=True, slots=True)
class Clerk:
    """A person of the staff at the counter of a store."""

    id: int
    store_id: int


def at_counter(actor: Actor) -> Clerk:
    """The actor as a clerk. Raises NotAllowed for anybody who does not stand at a counter."""
    if actor.kind != "staff" or actor.id is None or actor.store_id is None:
        raise NotAllowed(reason="no_store")
    return Clerk(actor.id, actor.store_id)
