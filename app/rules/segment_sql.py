"""What the SQL of a segment's questions is made of. Nothing a rule says is ever part of the text: all of it is bound.

Every piece is a boolean that is never NULL, so that `not` means the opposite. Looks at other tables are scalar sub-selects, which
the planner can neither turn into a join over the whole table nor into a hash of it: a member costs a few index look-ups.
"""

# ruff: noqa: S608  (put together from constants; what a rule says is bound)

from collections.abc import Mapping
from typing import Any, Final

# Above any amount a column holds: "no upper end".
_ENDLESS: Final = 2**62


class Binds:
    """Values of one rule, each under a name of its own."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}

    def __call__(self, value: Any, kind: str) -> str:
        """A value's place in the SQL, as that type."""
        name = f"seg_{len(self.values)}"
        self.values[name] = list(value) if isinstance(value, tuple) else value
        return f"CAST(:{name} AS {kind})"

    def texts(self, value: tuple[str, ...]) -> str:
        """A list of texts."""
        return self(value, "text[]")


def day_start(days_from_today: str) -> str:
    """The instant at which the shop's day begins that lies so many days from today (an SQL integer)."""
    return _start(f"CAST(:seg_today AS date) + {days_from_today}")


def date_start(day: str) -> str:
    """The instant at which a date of the shop's calendar (SQL) begins."""
    return _start(day)


def _start(day: str) -> str:
    return f"((({day}) + make_interval(hours => CAST(:seg_cut_over AS integer))) AT TIME ZONE CAST(:seg_zone AS text))"


def since(at: str, days: int | None, binds: Binds) -> str:
    """`at` lies within the last so many days, today among them; None: ever. Nothing after now counts."""
    until = f"{at} <= CAST(:seg_now AS timestamptz)"
    if days is None:
        return until
    return f"{at} >= {day_start(binds(1 - days, 'integer'))} AND {until}"


def exists(select: str) -> str:
    """Whether there is a row; `select` begins at FROM."""
    return f"coalesce((SELECT true {select} LIMIT 1), false)"


def between(value: str, said: Mapping[str, Any], binds: Binds) -> str:
    """`value` lies in the range that was said, both ends included; a value that is NULL does not."""
    low, high = binds(said.get("min", 0), "bigint"), binds(said.get("max", _ENDLESS), "bigint")
    return f"coalesce({value} BETWEEN {low} AND {high}, false)"


def counted(rows: str, said: Mapping[str, Any], binds: Binds) -> str:
    """How many rows there are lies in the range said; nothing said: there is one. `rows` begins at FROM."""
    if not {"min", "max"} & said.keys():
        return exists(rows)
    return between(f"(SELECT count(*) {rows})", said, binds)


def days_ago(at: str, said: Mapping[str, Any], binds: Binds) -> str:
    """An instant lies so many days of the shop's calendar back; today is 0."""
    first = day_start(binds(-said["max"], "integer")) if "max" in said else "NULL"
    end = day_start(binds(1 - said.get("min", 0), "integer"))
    return f"coalesce({at} <@ tstzrange({first}, {end}), false)"


def keys_of(table: str, column: str, wanted: str, *, key: str = "id") -> str:
    """The keys of the few rows that a rule names, looked up once a statement."""
    return f"ANY (ARRAY (SELECT named.{key} FROM {table} named WHERE named.{column} = ANY ({wanted})))"
