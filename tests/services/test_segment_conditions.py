"""Conditions of segments embedded in a statement over `member m`."""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.extensions import db
from app.models import Segment, SegmentVersion
from app.rules import segment_compiler
from app.services import segments
from tests.factories.members import make_counter_member, make_member


def ids_in(compiled: segment_compiler.Compiled, now: datetime) -> list[int]:
    statement = text(f"SELECT m.id FROM member m WHERE m.status = 'active' AND {compiled.sql} ORDER BY m.id")  # noqa: S608
    return list(db.session.scalars(statement, {**compiled.params, **segments.bindings(now)}))


@pytest.mark.parametrize(
    "rule",
    [
        {
            "is": "purchases",
            "max": 0,
            "channels": ["store"],
            "categories": ["tea"],
            "skus": ["a"],
            "stores": ["s"],
            "days": 3,
        },
        {"all": [{"is": "birthday_month", "any_of": [3, 4]}, {"not": {"is": "has_phone"}}]},
        {"any": [{"is": "spent_fen", "max": 0, "categories": ["x"]}, {"is": "tier", "any_of": ["gold"]}]},
    ],
)
def test_a_rule_is_one_condition_with_everything_bound(
    rule: dict[str, Any], db_session: Session, now: datetime
) -> None:
    make_counter_member()
    member = make_member(birthday=(3, 9))
    assert member.id in ids_in(segment_compiler.compile(rule), now)


def test_no_segment_is_everyone(db_session: Session, now: datetime) -> None:
    member = make_member()
    assert ids_in(segments.predicate(None, None), now) == [member.id]


def test_a_version_keeps_its_rule(db_session: Session, now: datetime) -> None:
    member = make_member(birthday=(3, 9))
    segment = Segment(name="March", created_at=now, updated_at=now)
    db_session.add(segment)
    db_session.flush()
    db_session.add(
        SegmentVersion(
            segment_id=segment.id, version=1, rule={"v": 1, "is": "birthday_month", "any_of": [3]}, created_at=now
        )
    )
    db_session.flush()
    assert ids_in(segments.predicate(segment.id, 1), now) == [member.id]
