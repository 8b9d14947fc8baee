"""Column types every family shares: aware instants, opaque public ids, big integer keys."""

import secrets
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Annotated, Any

from sqlalchemy import BigInteger, DateTime, Dialect, Identity, Text, Uuid
from sqlalchemy.orm import mapped_column
from sqlalchemy.types import TypeDecorator

from app.clock import utc_now


class UTCDateTime(TypeDecorator[datetime]):
    """timestamptz that refuses naive values and always gives aware UTC back."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("naive datetime: instants are aware UTC")
        return value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)


def new_public_id() -> uuid.UUID:
    """A UUIDv7 (RFC 9562): 48 bits of Unix milliseconds, then 74 random bits; sorts by birth, tells nothing else."""
    milliseconds = int(utc_now().timestamp() * 1000)
    chance = secrets.randbits(74)
    value = milliseconds << 80 | 0x7 << 76 | (chance >> 62) << 64 | 0b10 << 62 | chance & (1 << 62) - 1
    return uuid.UUID(int=value)


# Internal keys; never leave the server.
Key = Annotated[int, mapped_column(BigInteger, Identity(), primary_key=True)]
PartKey = Annotated[int, mapped_column(BigInteger, Identity())]
PublicId = Annotated[uuid.UUID, mapped_column(Uuid, default=new_public_id, unique=True)]
Instant = Annotated[datetime, mapped_column(UTCDateTime)]
Str = Annotated[str, mapped_column(Text)]
Amount = Annotated[int, mapped_column(BigInteger)]
Json = dict[str, Any]


def columns_of(model: Any, alias: str, *, prefix: str) -> str:
    """A table's columns for a statement's SELECT, each under its name with a prefix."""
    return ", ".join(f"{alias}.{column.name} AS {prefix}{column.name}" for column in model.__table__.columns)


def plain_columns(model: Any, row: Mapping[str, Any], *, prefix: str) -> Any:
    """As `from_columns`, for whoever only reads it: no object of the ORM's, which costs as much as the statement."""
    return SimpleNamespace(**{column.name: row[f"{prefix}{column.name}"] for column in model.__table__.columns})


def from_columns(model: Any, row: Mapping[str, Any], *, prefix: str) -> Any:
    """The row those columns tell, as a value that belongs to no session."""
    return model(**{column.name: row[f"{prefix}{column.name}"] for column in model.__table__.columns})
