"""Drop a constraint and what it alone refused goes through: every one on the value tables earns its keep, none is missing."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from psycopg import sql

from tests.conftest import _drop, clone_database
from tests.constraints import (
    audit,
    campaign_figures,
    campaigns,
    channels,
    counter,
    coupon_automations,
    coupon_codes,
    coupons,
    day_figures,
    imports,
    issue_runs,
    members,
    messages,
    payers,
    people,
    points,
    purchases,
    segments,
    sending,
    shifts,
    sign_ins,
)
from tests.constraints.violation import Violation
from tests.constraints.world import WORLD

TABLES = (
    "points_entry",
    "points_lot",
    "points_lot_use",
    "points_hold",
    "points_hold_lot",
    "member_account",
    "adjustment",
    "growth_entry",
    "tier",
    "tier_history",
    "tier_benefit",
    "tier_gift",
    "ladder",
    "check_in",
    "purchase",
    "purchase_line",
    "purchase_refund",
    "earning",
    "earning_rule",
    "earning_rule_version",
    "audit_entry",
    "audit_seal",
    "audit_seal_entry",
    "consent",
    "member_merge",
    "member_event",
    "member_note",
    "erasure_request",
    "member_badge",
    "badge",
    "subscription_grant_entry",
    "subscription_grant",
    "subscription_scene",
    "message_topic",
    "message_preference",
    "frequency_counter",
    "topic_touch",
    "coupon_template",
    "member_list",
    "member_list_entry",
    "coupon_batch",
    "coupon_bucket",
    "coupon",
    "coupon_exchange",
    "coupon_automation",
    "coupon_owed",
    "checkout",
    "redemption",
    "redemption_attempt",
    "staff_counter",
    "shift",
    "staff_recovery_code",
    "staff_second_step",
    "coupon_code_run",
    "coupon_code",
    "coupon_transfer",
    "payer",
    "settlement",
    "message_template_channel",
    "member_contact",
    "contact_code",
    "official_follower",
    "issue_run",
    "revocation",
    "member_import",
    "member_import_line",
    "campaign",
    "campaign_run",
    "campaign_count",
    "campaign_figure",
    "campaign_variant",
    "day_figure",
    "delivery",
    "channel_pace",
    "channel_quota",
    "member_figure",
    "member_tag",
    "segment",
    "segment_list",
    "segment_version",
    "send_breaker",
    "tag",
    "window_figure",
)
PARTS: tuple[Any, ...] = (
    points,
    members,
    purchases,
    audit,
    people,
    coupons,
    counter,
    coupon_codes,
    coupon_automations,
    payers,
    imports,
    issue_runs,
    campaigns,
    campaign_figures,
    day_figures,
    messages,
    channels,
    segments,
    sending,
    shifts,
    sign_ins,
)
VIOLATIONS: dict[str, Violation] = {name: one for part in PARTS for name, one in part.VIOLATIONS.items()}

# CHECK, UNIQUE, primary and foreign keys, exclusions; unique indexes that are no constraint (partial ones); triggers of ours.
CATALOGUE = """
SELECT conname AS name, conrelid::regclass::text AS of, 'CONSTRAINT' AS kind FROM pg_constraint
 WHERE conrelid::regclass::text = ANY(%(tables)s) AND contype NOT IN ('n', 't')
UNION ALL
SELECT indexrelid::regclass::text, indrelid::regclass::text, 'INDEX' FROM pg_index
 WHERE indisunique AND indrelid::regclass::text = ANY(%(tables)s)
   AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u', 'x'))
UNION ALL
SELECT tgname, tgrelid::regclass::text, 'TRIGGER' FROM pg_trigger
 WHERE NOT tgisinternal AND tgrelid::regclass::text = ANY(%(tables)s)
"""
# TRUNCATE reaches every table that refers to the one named, and each has a trigger against it: see below.
NO_TRUNCATE = "_no_truncate"


@dataclass(frozen=True)
class Guard:
    """A constraint, unique index or trigger, and how to take it away."""

    name: str
    of: str
    kind: str

    def dropped(self) -> sql.Composed:
        name, table = sql.Identifier(self.name), sql.Identifier(self.of)
        if self.kind == "INDEX":
            return sql.SQL("DROP INDEX {}").format(name)
        if self.kind == "TRIGGER":
            return sql.SQL("DROP TRIGGER {} ON {}").format(name, table)
        # What refers to a key goes with it.
        return sql.SQL("ALTER TABLE {} DROP CONSTRAINT {} CASCADE").format(table, name)


@pytest.fixture(scope="module")
def owner() -> Iterator[psycopg.Connection]:
    """The owner's connection to a database of this module's own, with the world in it; tests roll back."""
    url = clone_database()
    with psycopg.connect(url) as connection:
        for statement in WORLD:
            connection.execute(statement.encode())
        connection.commit()
        yield connection
    _drop(url.rsplit("/", 1)[1])


@pytest.fixture(scope="module")
def guards(owner: psycopg.Connection) -> dict[str, Guard]:
    """What the database holds, by name."""
    rows = owner.execute(CATALOGUE, {"tables": list(TABLES)}).fetchall()
    owner.rollback()
    return {name: Guard(name, of, kind) for name, of, kind in rows}


def refusal(owner: psycopg.Connection, violation: Violation, *, dropped: list[Guard]) -> str | None:
    """The constraint that refuses it once those are gone; None when nothing does. Leaves everything as it was."""
    try:
        for guard in dropped:
            owner.execute(guard.dropped())
        for statement in violation.statements:
            owner.execute(statement.encode())
        owner.execute("SET CONSTRAINTS ALL IMMEDIATE")
    except psycopg.IntegrityError as error:
        # A missing value has no name to tell.
        return error.diag.constraint_name or error.diag.sqlstate
    finally:
        owner.rollback()
    return None


@pytest.mark.parametrize("name", sorted(VIOLATIONS))
def test_each_constraint_alone_refuses_its_violation(
    owner: psycopg.Connection, guards: dict[str, Guard], name: str
) -> None:
    violation = VIOLATIONS[name]
    others = [guards[other] for other in violation.without]
    assert refusal(owner, violation, dropped=others) == name
    assert refusal(owner, violation, dropped=[*others, guards[name]]) is None


def test_every_table_of_history_refuses_to_be_emptied(owner: psycopg.Connection, guards: dict[str, Guard]) -> None:
    triggers = [guard for name, guard in guards.items() if name.endswith(NO_TRUNCATE)]
    assert len(triggers) >= 10
    for guard in triggers:
        others = [other for other in triggers if other is not guard]
        emptied = Violation((f"TRUNCATE {guard.of} CASCADE",))
        everywhere = [Guard(name, of, "TRIGGER") for name, of in _elsewhere(owner)]
        assert refusal(owner, emptied, dropped=[*others, *everywhere]) == guard.name
        assert refusal(owner, emptied, dropped=[*triggers, *everywhere]) is None


def _elsewhere(owner: psycopg.Connection) -> list[tuple[str, str]]:
    """The same triggers on tables that only refer to ours."""
    query = (
        "SELECT tgname, tgrelid::regclass::text FROM pg_trigger WHERE tgname LIKE %s"
        " AND NOT tgrelid::regclass::text = ANY(%s)"
    )
    rows = owner.execute(query, (f"%{NO_TRUNCATE}", list(TABLES))).fetchall()
    owner.rollback()
    return [(name, of) for name, of in rows]


def test_no_constraint_is_without_its_violation(guards: dict[str, Guard]) -> None:
    assert {name for name in guards if not name.endswith(NO_TRUNCATE)} == set(VIOLATIONS)


def test_the_rows_are_fine_as_they_stand(owner: psycopg.Connection) -> None:
    """Each violation differs from a row that nothing refuses in what it says, and in nothing else."""
    unchanged = (
        points._entry(),
        points._lot(),
        points._hold(),
        points._use(),
        points._promise(),
        members._account(),
        members._growth(),
        members._spell(),
        members._check_in(),
        members._tier(),
        members._ladder(),
        members._benefit(),
        members._gift(),
        purchases._bill(),
        purchases._line(),
        purchases._refund(),
        purchases._rule(),
        purchases._version(),
        purchases._earning(),
        purchases._adjustment(),
        audit._entry(),
        audit._block(),
        audit._sealed(),
        people._consent(),
        people._event(),
        people._badge(),
        people._worn(),
        people._grant(),
        *channels.UNCHANGED,
        *(one for part in PARTS for one in getattr(part, "UNCHANGED", ())),
    )
    for violation in unchanged:
        assert refusal(owner, violation, dropped=[]) is None, violation
