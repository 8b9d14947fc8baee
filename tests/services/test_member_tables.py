"""Every table that hangs on a member is decided: merge, export, erasure. A new one without a decision fails here."""

from sqlalchemy import Table

import app.models  # noqa: F401  (registers every table)
from app.extensions import Model
from app.statements import member_export
from app.statements.member_tables import FATES

# Columns by which a row can name a member without a foreign key.
NAMES = {"member_id", "from_member_id", "paid_by_id", "openid", "unionid", "principal", "phone_index", "visit_id"}
# Named so, and of nobody.
NOT_A_MEMBERS = {
    # The holder of a code is named by the coupon; refusals name visits that may not exist.
    "redemption_attempt",
}


def hangs_on_a_member(table: Table) -> bool:
    targets = {key.column.table.name for key in table.foreign_keys}
    return bool(targets & {"member", "member_account"}) or any(column.name in NAMES for column in table.columns)


def tables() -> dict[str, Table]:
    return {table.name: table for table in Model.metadata.sorted_tables}


def test_every_table_of_a_member_is_decided() -> None:
    found = {name for name, table in tables().items() if hangs_on_a_member(table)} | {"member"}
    assert found - NOT_A_MEMBERS == set(FATES)


def test_the_key_named_is_a_column() -> None:
    assert {name for name, fate in FATES.items() if fate.key not in tables()[name].columns} == set()


def test_every_section_is_told_and_every_one_told_is_somebodys() -> None:
    named = {fate.export for fate in FATES.values() if not fate.export.startswith("-")}
    assert named == set(member_export.SECTIONS) | {"member"}
    without_reason = {name for name, fate in FATES.items() if fate.export.startswith("-") and len(fate.export) < 10}
    assert without_reason == set()
