"""Earning rules and their numbered versions: made, followed by the next one, stopped; never rewritten.

A version in force pays; `ex_earning_rule_version_no_overlap` lets a rule say one thing at a time.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased

from app.actor import Actor
from app.database_errors import constraint_name
from app.errors import InvalidInput, NameTaken, NotFound, RuleNotActive, RuleTermsInvalid, RuleVersionsOverlap
from app.extensions import db
from app.models import EarningRule, EarningRuleVersion, Store, Tier
from app.models.earning import EVENTS
from app.rules import earning_terms
from app.rules.earning import Rule
from app.services import audit
from app.statements import earning as statements

# Part of ledger sources, so without a colon.
CODE = re.compile(r"[a-z][a-z0-9_]{1,47}")


@dataclass(frozen=True)
class RuleVersion:
    """A rule with one of its versions."""

    rule: EarningRule
    version: EarningRuleVersion


def in_force(event: str, *, at: datetime) -> list[Rule]:
    """The rules for an event at an instant, by code."""
    rows = db.session.execute(statements.IN_FORCE, {"event": event, "at": at}).mappings()
    rules = [Rule(**{**row, "terms": earning_terms.read(row["terms"])}) for row in rows]
    return sorted(rules, key=lambda rule: rule.code)


def create(
    *,
    code: str,
    event: str,
    ledger: str,
    name: str,
    name_en: str,
    terms: Mapping[str, Any],
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    actor: Actor,
    now: datetime,
) -> RuleVersion:
    """Make a rule and its first version, in force over `[starts_at, ends_at)`, at once unless told otherwise.

    Raises RuleTermsInvalid, NameTaken (the code is known), InvalidInput (code, event, ledger or interval).
    """
    _check_frame(code, event=event, ledger=ledger)
    starts_at = _check_interval(starts_at or now, ends_at, now=now)
    if db.session.scalar(select(EarningRule.id).where(EarningRule.code == code)) is not None:
        raise NameTaken(name=code)
    rule = EarningRule(code=code, event=event, ledger=ledger, created_at=now)
    db.session.add(rule)
    # The version names its rule.
    db.session.flush()
    return _add_version(
        rule, name=name, name_en=name_en, terms=terms, starts_at=starts_at, ends_at=ends_at, actor=actor, now=now
    )


def new_version(
    code: str,
    *,
    name: str,
    name_en: str,
    terms: Mapping[str, Any],
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    actor: Actor,
    now: datetime,
) -> RuleVersion:
    """Let a rule say something else from `starts_at`; the version in force then ends at that instant.

    Raises NotFound(kind="earning_rule"), RuleTermsInvalid, InvalidInput (starts in the past), RuleVersionsOverlap when a
    later version is planned already.
    """
    starts_at = _check_interval(starts_at or now, ends_at, now=now)
    rule = _lock(code)
    current = _version_at(rule.id, starts_at)
    if current is not None:
        if current.starts_at == starts_at:
            raise RuleVersionsOverlap(code=code, starts_at=starts_at)
        current.ends_at = starts_at
        # The old one must have ended before the new one is tried for overlap.
        db.session.flush()
    return _add_version(
        rule, name=name, name_en=name_en, terms=terms, starts_at=starts_at, ends_at=ends_at, actor=actor, now=now
    )


def stop(code: str, *, at: datetime | None = None, actor: Actor, now: datetime) -> RuleVersion:
    """End a rule at `at` (now); versions planned for later never begin.

    Raises NotFound(kind="earning_rule"), RuleNotActive when nothing is in force or planned, InvalidInput for the past.
    """
    at = at or now
    if at < now:
        raise InvalidInput(fields={"at": "in_the_past"})
    rule = _lock(code)
    open_versions = db.session.scalars(
        select(EarningRuleVersion)
        .where(
            EarningRuleVersion.rule_id == rule.id,
            or_(EarningRuleVersion.ends_at.is_(None), EarningRuleVersion.ends_at > at),
        )
        .order_by(EarningRuleVersion.starts_at)
    ).all()
    open_versions = [one for one in open_versions if one.ends_at != one.starts_at]
    if not open_versions:
        raise RuleNotActive(code=code)
    for version in open_versions:
        # A version ended before it began says nothing.
        version.ends_at = max(at, version.starts_at)
    first = open_versions[0]
    audit.record(
        "earning_rule.stop",
        actor=actor,
        object_kind="earning_rule",
        object_id=rule.id,
        details={"code": code, "at": at.isoformat(), "versions": [one.version for one in open_versions]},
        now=now,
    )
    db.session.flush()
    return RuleVersion(rule, first)


def get(code: str) -> RuleVersion:
    """A rule with its newest version. Raises NotFound(kind="earning_rule")."""
    rows = list_versions(code)
    return rows[0]


def list_versions(code: str) -> list[RuleVersion]:
    """Every version of a rule, newest first. Raises NotFound(kind="earning_rule")."""
    rows = db.session.execute(
        select(EarningRule, EarningRuleVersion)
        .join(EarningRuleVersion, EarningRuleVersion.rule_id == EarningRule.id)
        .where(EarningRule.code == code)
        .order_by(EarningRuleVersion.version.desc())
    ).all()
    if not rows:
        raise NotFound(kind="earning_rule")
    return [RuleVersion(*row) for row in rows]


def list_rules() -> list[RuleVersion]:
    """Every rule with its newest version, by event and code. Rules are few: a shop writes them by hand."""
    any_version = aliased(EarningRuleVersion)
    newest = select(func.max(any_version.version)).where(any_version.rule_id == EarningRule.id)
    rows = db.session.execute(
        select(EarningRule, EarningRuleVersion)
        .join(EarningRuleVersion, EarningRuleVersion.rule_id == EarningRule.id)
        .where(EarningRuleVersion.version == newest.correlate(EarningRule).scalar_subquery())
        .order_by(EarningRule.event, EarningRule.code)
    )
    return [RuleVersion(*row) for row in rows]


def _lock(code: str) -> EarningRule:
    rule = db.session.scalar(select(EarningRule).where(EarningRule.code == code).with_for_update())
    if rule is None:
        raise NotFound(kind="earning_rule")
    return rule


def _version_at(rule_id: int, at: datetime) -> EarningRuleVersion | None:
    return db.session.scalar(
        select(EarningRuleVersion).where(
            EarningRuleVersion.rule_id == rule_id,
            EarningRuleVersion.starts_at <= at,
            or_(EarningRuleVersion.ends_at.is_(None), EarningRuleVersion.ends_at > at),
        )
    )


def _check_frame(code: str, *, event: str, ledger: str) -> None:
    faults = {}
    if not CODE.fullmatch(code):
        faults["code"] = "not_a_name"
    if event not in EVENTS:
        faults["event"] = "unknown_event"
    if ledger not in ("points", "growth"):
        faults["ledger"] = "unknown_ledger"
    if faults:
        raise InvalidInput(fields=faults)


def _check_interval(starts_at: datetime, ends_at: datetime | None, *, now: datetime) -> datetime:
    """What was paid by must stay what is written: nothing begins in the past."""
    if starts_at < now:
        raise InvalidInput(fields={"starts_at": "in_the_past"})
    if ends_at is not None and ends_at <= starts_at:
        raise InvalidInput(fields={"ends_at": "empty_interval"})
    return starts_at


def _add_version(
    rule: EarningRule,
    *,
    name: str,
    name_en: str,
    terms: Mapping[str, Any],
    starts_at: datetime,
    ends_at: datetime | None,
    actor: Actor,
    now: datetime,
) -> RuleVersion:
    parsed = earning_terms.parse(terms, event=rule.event, ledger=rule.ledger)
    _check_codes(parsed)
    last = db.session.scalar(select(func.max(EarningRuleVersion.version)).where(EarningRuleVersion.rule_id == rule.id))
    version = EarningRuleVersion(
        rule_id=rule.id,
        version=(last or 0) + 1,
        name=name,
        name_en=name_en,
        terms=parsed.as_json(),
        starts_at=starts_at,
        ends_at=ends_at,
        created_by_id=actor.id if actor.kind == "staff" else None,
        created_at=now,
    )
    try:
        with db.session.begin_nested():
            db.session.add(version)
    except IntegrityError as error:
        if constraint_name(error) == "ex_earning_rule_version_no_overlap":
            raise RuleVersionsOverlap(code=rule.code, starts_at=starts_at) from error
        raise
    details = {"code": rule.code, "version": version.version, "name": name, "terms": version.terms}
    audit.record(
        "earning_rule.create" if version.version == 1 else "earning_rule.new_version",
        actor=actor,
        object_kind="earning_rule",
        object_id=rule.id,
        details={**details, "starts_at": starts_at.isoformat(), "ends_at": ends_at.isoformat() if ends_at else None},
        now=now,
    )
    return RuleVersion(rule, version)


def _check_codes(terms: earning_terms.Terms) -> None:
    """A rule for a store or tier nobody has would silently never pay."""
    faults = {}
    known: Sequence[tuple[str, Any, tuple[str, ...]]] = (
        ("stores", Store.code, terms.stores),
        ("tiers", Tier.code, terms.tiers),
    )
    for key, column, named in known:
        if named and set(named) - set(db.session.scalars(select(column).where(column.in_(named)))):
            faults[key] = "unknown_code"
    if faults:
        raise RuleTermsInvalid(fields=faults)
