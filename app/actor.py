"""Who acts: handed to services so that the audit row names them."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Actor:
    """A member, a person of the staff (with role and store), or the system itself."""

    kind: str
    id: int | None = None
    role: str | None = None
    store_id: int | None = None
    request_id: str | None = None

    @classmethod
    def system(cls) -> "Actor":
        """Ticks and automations."""
        return cls(kind="system")
