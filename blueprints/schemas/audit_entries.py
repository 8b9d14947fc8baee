"""The audit as the console reads it."""

import json
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import StringConstraints, model_validator

from app.services.audit_lists import AuditRow, Seal
from blueprints.csv_out import Cell
from blueprints.schemas.base import BusinessDate, ClosedQuery, Instant, Out, PageQuery, PublicId
from blueprints.schemas.coupons import in_english
from blueprints.schemas.sessions import StoreBriefOut

# As records name them: "coupon_batch.create", "coupon_batch".
Action = Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,40}\.[a-z_]{1,40}$")]
Kind = Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,40}$")]


class AuditQuery(ClosedQuery):
    """Business dates `[first_on, until_on)`, either may be left out; `object_id` names a thing of `object_kind`."""

    action: Action | None = None
    actor_kind: Literal["staff", "member", "partner", "system"] | None = None
    actor_id: PublicId | None = None
    object_kind: Kind | None = None
    object_id: PublicId | None = None
    store_id: PublicId | None = None
    first_on: BusinessDate | None = None
    until_on: BusinessDate | None = None

    @model_validator(mode="after")
    def _an_id_of_something(self) -> "AuditQuery":
        if self.object_id is not None and self.object_kind is None:
            raise ValueError("object_id needs object_kind")
        return self


class AuditPageQuery(AuditQuery, PageQuery):
    """A page of them."""


class ActorOut(Out):
    """A person of the staff."""

    id: PublicId
    login: str
    display_name: str


class AuditEntryOut(Out):
    """`block_no`: the block of the chain that seals the row; null until the next one is made."""

    id: int
    recorded_at: Instant
    actor_kind: str
    # The person of the staff; null for members and the system.
    actor: ActorOut | None
    action: str
    object_kind: str
    # Null where the thing has no public id.
    object_id: PublicId | None
    store: StoreBriefOut | None
    details: dict[str, object]
    request_id: str | None
    block_no: int | None

    @classmethod
    def of(cls, row: AuditRow) -> "AuditEntryOut":
        entry, person = row.entry, row.actor
        return cls(
            id=entry.id,
            recorded_at=entry.recorded_at,
            actor_kind=entry.actor_kind,
            actor=None
            if person is None
            else ActorOut(id=person.public_id, login=person.login, display_name=person.display_name),
            action=entry.action,
            object_kind=entry.object_kind,
            object_id=row.object_id,
            store=None if row.store is None else StoreBriefOut.of(row.store),
            details=entry.details,
            request_id=entry.request_id,
            block_no=row.block_no,
        )


class AuditEntriesOut(Out):
    data: list[AuditEntryOut]
    has_more: bool
    next_cursor: str | None


class AuditActionsOut(Out):
    """Names of what was ever done."""

    data: list[str]


class AuditSealOut(Out):
    """The newest block of the chain, null before the first; `waiting` rows are not sealed yet (counted up to 10,000)."""

    block_no: int | None
    hash: str | None
    sealed_at: Instant | None
    waiting: int

    @classmethod
    def of(cls, found: Seal) -> "AuditSealOut":
        head = found.head
        return cls(
            block_no=None if head is None else head.block_no,
            hash=None if head is None else head.hash,
            sealed_at=None if head is None else head.sealed_at,
            waiting=found.waiting,
        )


HEADER = ("时间", "操作者类型", "账号", "姓名", "动作", "对象类型", "对象编号", "门店", "内容", "请求编号", "封存区块")
HEADER_EN = (
    "Recorded at",
    "Actor kind",
    "Login",
    "Name",
    "Action",
    "Object kind",
    "Object id",
    "Store",
    "Details",
    "Request id",
    "Sealed in block",
)


def header() -> tuple[str, ...]:
    """In the language asked for."""
    return HEADER_EN if in_english() else HEADER


def table(rows: Iterator[AuditRow]) -> Iterator[list[Cell]]:
    """A line an entry; instants as RFC 3339, details as JSON."""
    for row in rows:
        told = AuditEntryOut.of(row).model_dump(mode="json")
        actor, store = told["actor"] or {}, told["store"] or {}
        yield [
            told["recorded_at"],
            told["actor_kind"],
            actor.get("login"),
            actor.get("display_name"),
            told["action"],
            told["object_kind"],
            told["object_id"],
            store.get("name"),
            json.dumps(told["details"], ensure_ascii=False, sort_keys=True),
            told["request_id"],
            told["block_no"],
        ]
