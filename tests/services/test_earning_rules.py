"""Rules as data on the real database: versions follow one another, nothing in force is rewritten, a stop acts at once."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.actor import Actor
from app.database_errors import constraint_name
from app.errors import (
    InvalidInput,
    LoyaltyError,
    NameTaken,
    NotFound,
    RuleNotActive,
    RuleTermsInvalid,
    RuleVersionsOverlap,
)
from app.models import AuditEntry, EarningRuleVersion
from app.services import earning_rules, earnings
from app.services.earning_rules import RuleVersion
from app.services.earnings import Facts
from app.transaction import transaction
from tests.conftest import NOON, CommittedDatabase
from tests.factories.earning import make_rule
from tests.factories.members import make_counter_member, make_member
from tests.services.test_merges import merge

HOUR = timedelta(hours=1)
ONE: dict[str, Any] = {"kind": "fixed", "amount": 1}
TWO: dict[str, Any] = {"kind": "fixed", "amount": 2}


def follow(code: str, terms: dict[str, Any], *, starts_at: datetime | None = None, now: datetime = NOON) -> RuleVersion:
    return earning_rules.new_version(
        code, name="二", name_en="Two", terms=terms, starts_at=starts_at, actor=Actor.system(), now=now
    )


def amounts(code: str, *, at: datetime) -> list[int | None]:
    return [rule.terms.amount for rule in earning_rules.in_force("joined", at=at) if rule.code == code]


def test_a_new_version_begins_where_the_old_one_ends(db_session: Session) -> None:
    make_rule("gift", event="joined", **ONE)
    second = follow("gift", TWO, starts_at=NOON + HOUR)
    assert (second.version.version, second.rule.code) == (2, "gift")
    instants = [NOON - HOUR, NOON, NOON + HOUR - timedelta(microseconds=1), NOON + HOUR, NOON + 900 * HOUR]
    assert [amounts("gift", at=at) for at in instants] == [[], [1], [1], [2], [2]]
    assert [one.version.version for one in earning_rules.list_versions("gift")] == [2, 1]
    assert earning_rules.get("gift").version.version == 2


def test_a_stopped_rule_pays_nobody_and_a_planned_version_never_begins(db_session: Session) -> None:
    make_rule("gift", event="joined", **ONE)
    follow("gift", TWO, starts_at=NOON + 2 * HOUR)
    earning_rules.stop("gift", actor=Actor.system(), now=NOON + HOUR)
    assert [amounts("gift", at=NOON + n * HOUR) for n in (0, 1, 2, 3)] == [[1], [], [], []]
    with pytest.raises(RuleNotActive) as refused:
        earning_rules.stop("gift", actor=Actor.system(), now=NOON + HOUR)
    assert refused.value.data == {"code": "gift"}
    # It may be taken up again.
    follow("gift", TWO, now=NOON + 3 * HOUR)
    assert amounts("gift", at=NOON + 3 * HOUR) == [2]


def test_a_rule_may_be_told_to_end_later(db_session: Session) -> None:
    make_rule("gift", event="joined", **ONE)
    earning_rules.stop("gift", at=NOON + HOUR, actor=Actor.system(), now=NOON)
    assert [amounts("gift", at=NOON + n * HOUR) for n in (0, 1)] == [[1], []]


REFUSED: list[tuple[type[LoyaltyError], dict[str, Any], dict[str, Any]]] = [
    (RuleTermsInvalid, {"terms": {"kind": "fixed"}}, {"fields": {"amount": "required"}}),
    (RuleTermsInvalid, {"terms": {**ONE, "stores": ["NOWHERE"]}}, {"fields": {"stores": "unknown_code"}}),
    (RuleTermsInvalid, {"terms": {**ONE, "tiers": ["platinum"]}}, {"fields": {"tiers": "unknown_code"}}),
    (NameTaken, {"code": "base_points"}, {"name": "base_points"}),
    (InvalidInput, {"code": "with:colon"}, {"fields": {"code": "not_a_name"}}),
    (InvalidInput, {"event": "birthday"}, {"fields": {"event": "unknown_event"}}),
    (InvalidInput, {"ledger": "coins"}, {"fields": {"ledger": "unknown_ledger"}}),
    (InvalidInput, {"starts_at": NOON - HOUR}, {"fields": {"starts_at": "in_the_past"}}),
    (InvalidInput, {"starts_at": NOON + HOUR, "ends_at": NOON + HOUR}, {"fields": {"ends_at": "empty_interval"}}),
]


@pytest.mark.parametrize(("kind", "changes", "data"), REFUSED)
def test_a_rule_nobody_could_keep_is_refused(
    db_session: Session, kind: type[LoyaltyError], changes: dict[str, Any], data: dict[str, Any]
) -> None:
    values = {"code": "gift", "event": "joined", "ledger": "points", "name": "n", "name_en": "n", "terms": ONE}
    with pytest.raises(kind) as refused:
        earning_rules.create(**{**values, **changes}, actor=Actor.system(), now=NOON)
    assert refused.value.data == data


def test_an_unknown_rule_is_not_found(db_session: Session) -> None:
    asked: tuple[Callable[[], object], ...] = (
        lambda: follow("nobody", ONE),
        lambda: earning_rules.stop("nobody", actor=Actor.system(), now=NOON),
        lambda: earning_rules.get("nobody"),
    )
    for ask in asked:
        with pytest.raises(NotFound) as refused:
            ask()
        assert refused.value.data == {"kind": "earning_rule"}


def test_two_versions_at_once_are_refused(db_session: Session) -> None:
    make_rule("gift", event="joined", **ONE)
    follow("gift", TWO, starts_at=NOON + 2 * HOUR)
    # The same beginning, and one that would reach into the version planned for later.
    for starts_at in (NOON + 2 * HOUR, NOON + HOUR):
        with pytest.raises(RuleVersionsOverlap) as refused, db_session.begin_nested():
            follow("gift", ONE, starts_at=starts_at)
        assert refused.value.data == {"code": "gift", "starts_at": starts_at}
    assert [amounts("gift", at=NOON + n * HOUR) for n in (0, 1, 2)] == [[1], [1], [2]]


REWRITES = [
    ("UPDATE earning_rule_version SET terms = '{}'", "tr_earning_rule_version_only_ends"),
    ("UPDATE earning_rule_version SET starts_at = starts_at - interval '1 day'", "tr_earning_rule_version_only_ends"),
    ("UPDATE earning_rule_version SET ends_at = NULL WHERE ends_at IS NOT NULL", "tr_earning_rule_version_only_ends"),
    ("DELETE FROM earning_rule_version", "tr_earning_rule_version_only_ends"),
    ("TRUNCATE earning_rule_version CASCADE", "tr_earning_rule_version_no_truncate"),
    ("UPDATE earning_rule SET ledger = 'growth'", "tr_earning_rule_append_only"),
    ("TRUNCATE earning_rule CASCADE", "tr_earning_rule_no_truncate"),
    ("UPDATE earning SET amount = amount + 1", "tr_earning_only_taken_back"),
    ("UPDATE earning SET taken_back = 0", "tr_earning_only_taken_back"),
    ("DELETE FROM earning", "tr_earning_only_taken_back"),
    ("TRUNCATE earning", "tr_earning_no_truncate"),
]


def test_the_database_refuses_to_rewrite_what_paid_even_to_its_owner(committed_db: CommittedDatabase) -> None:
    with committed_db.session() as session, transaction():
        make_rule("gift", event="joined", ends_at=NOON + HOUR, **TWO)
        make_member()
        session.execute(text("UPDATE earning SET taken_back = 1"))
    with psycopg.connect(committed_db.url) as owner:
        for statement, trigger in REWRITES:
            with pytest.raises(psycopg.errors.RestrictViolation) as refused, owner.transaction():
                owner.execute(statement)
            assert refused.value.diag.constraint_name == trigger


def test_nobody_who_was_merged_away_is_paid(db_session: Session) -> None:
    make_rule("gift", event="check_in", ledger="growth", **ONE)
    older, newer = make_counter_member(), make_member()
    merge(older, newer)
    with pytest.raises(IntegrityError) as refused, db_session.begin_nested():
        earnings.pay(newer.id, event="check_in", source="check_in:x", now=NOON)
    assert constraint_name(refused.value) == "tr_earning_only_active"


def test_every_change_is_audited(db_session: Session) -> None:
    make_rule("gift", event="joined", **ONE)
    follow("gift", TWO, starts_at=NOON + HOUR)
    earning_rules.stop("gift", actor=Actor.system(), now=NOON)
    rows = db_session.query(AuditEntry).filter(AuditEntry.object_kind == "earning_rule").order_by(AuditEntry.id)
    assert [row.action for row in rows] == ["earning_rule.create", "earning_rule.new_version", "earning_rule.stop"]
    assert rows[1].details["terms"] == {"v": 1, **TWO}


def test_the_first_rules_are_there_and_the_dry_run_needs_no_member(db_session: Session) -> None:
    listed = [one.rule.code for one in earning_rules.list_rules()]
    assert {"base_points", "base_growth", "check_in_growth"} <= set(listed)
    assert db_session.query(EarningRuleVersion).filter(EarningRuleVersion.version == 1).count() >= 3
    verdict = earnings.dry_run(event="joined", facts=Facts(), now=NOON)
    assert (verdict.payments, verdict.refused) == ([], [])
