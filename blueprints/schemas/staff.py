"""Stores and the people who work in them, as the console manages them."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from app.models import Store
from app.services.staff import StaffView
from blueprints.schemas.base import Closed, Code, Instant, Out, PublicId, Text
from blueprints.schemas.sessions import Login, StoreBriefOut

Role = Literal["clerk", "manager", "marketer", "auditor", "admin"]
# Length is what helps (NIST SP 800-63B); no rules about kinds of characters.
NewPassword = Annotated[str, StringConstraints(min_length=10, max_length=200)]
StoreIds = Annotated[list[PublicId], Field(max_length=500)]


class StoreIn(Closed):
    """`code` is what clerks type when they sign in."""

    code: Code
    name: Text


class StoreChangeIn(Closed):
    """What is left out or null stays as it is. A store keeps its code."""

    name: Text | None = None
    is_active: bool | None = None


class StoreOut(Out):
    id: UUID
    code: str
    name: str
    is_active: bool

    @classmethod
    def of(cls, store: Store) -> "StoreOut":
        return cls(id=store.public_id, code=store.code, name=store.name, is_active=store.is_active)


class StorePage(Out):
    data: list[StoreOut]
    has_more: bool
    next_cursor: str | None


class StaffIn(Closed):
    """`member_id` is the person's own membership, which they may not serve."""

    login: Login
    display_name: Text
    role: Role
    password: NewPassword
    store_ids: StoreIds = Field(default_factory=list)
    member_id: PublicId | None = None

    @model_validator(mode="after")
    def _not_its_own_password(self) -> "StaffIn":
        if self.login in self.password.lower():
            raise ValueError("the password contains the login")
        return self


class StaffChangeIn(Closed):
    """What is left out or null stays as it is. `member_id`: they joined after they were let in."""

    display_name: Text | None = None
    role: Role | None = None
    is_active: bool | None = None
    store_ids: StoreIds | None = None
    password: NewPassword | None = None
    member_id: PublicId | None = None

    def plain_changes(self) -> dict[str, Any]:
        """The changed columns, without stores, password and membership."""
        return self.model_dump(include={"display_name", "role", "is_active"}, exclude_none=True)


class StaffOut(Out):
    id: UUID
    login: str
    display_name: str
    role: Role
    is_active: bool
    has_second_step: bool
    stores: list[StoreBriefOut]
    created_at: Instant

    @classmethod
    def of(cls, view: StaffView) -> "StaffOut":
        person = view.person
        return cls(
            id=person.public_id,
            login=person.login,
            display_name=person.display_name,
            role=person.role,
            is_active=person.is_active,
            has_second_step=view.has_second_step,
            stores=[StoreBriefOut.of(store) for store in view.stores],
            created_at=person.created_at,
        )


class StaffPage(Out):
    data: list[StaffOut]
    has_more: bool
    next_cursor: str | None
