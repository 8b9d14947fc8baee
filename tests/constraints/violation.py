"""How a violation is told: a row that is fine as it stands, with the one thing changed that one constraint refuses."""

from dataclasses import dataclass


class Sql(str):
    """A piece of SQL among the values of a row; any other text is a literal."""

    __slots__ = ()


Value = str | int | bool | None
Row = dict[str, Value]

NOON = Sql("timestamptz '2026-11-20 02:00:00+00'")
LATER = Sql("timestamptz '2026-11-20 02:05:00+00'")
DAY = Sql("date '2026-11-20'")
UUID = Sql("gen_random_uuid()")
# No row anywhere has this key.
NOBODY = 424242


@dataclass(frozen=True)
class Violation:
    """Statements that only one constraint refuses, at the latest when the transaction ends.

    `without`: constraints and triggers that would refuse them too and are taken away first: the one in question is then alone.
    """

    statements: tuple[str, ...]
    without: tuple[str, ...] = ()


def insert(table: str, row: Row) -> str:
    """The INSERT of one row."""
    return f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join(_literal(value) for value in row.values())})"  # noqa: S608


def refused(*statements: str, without: tuple[str, ...] = ()) -> Violation:
    """A violation told in whole statements."""
    return Violation(statements, without)


def _literal(value: Value) -> str:
    if isinstance(value, Sql):
        return str(value)
    if value is None:
        return "NULL"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return str(value).lower()
