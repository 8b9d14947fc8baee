"""Consent: append-only, marketing apart from membership, withdrawn as easily as given."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.errors import ConsentMissing
from app.services import consents
from tests.conftest import NOON
from tests.factories.members import make_member


def decide(member_id: int, granted: bool, version: str = "2026-11", minutes: int = 0) -> consents.Standing:
    return consents.decide_marketing(
        member_id, granted=granted, document_version=version, channel="mini", now=NOON + timedelta(minutes=minutes)
    )


def test_each_decision_is_one_row_and_a_repeat_none(db_session: Session) -> None:
    member = make_member()
    assert consents.standing(member.id, "marketing").granted is None
    for minute, granted in enumerate((True, True, False, False, True)):
        decide(member.id, granted, minutes=minute)
        assert member.marketing_consent is granted
    kept = [(c.purpose, c.granted) for c in consents.list_history(member.id)]
    assert kept == [("membership", True), ("marketing", True), ("marketing", False), ("marketing", True)]


def test_giving_needs_the_document_in_force_and_withdrawing_any(db_session: Session) -> None:
    member = make_member()
    with pytest.raises(ConsentMissing) as refused:
        decide(member.id, True, version="2020-01")
    assert refused.value.data == {"purpose": "marketing", "document_version": "2026-11"}
    decide(member.id, True)
    assert decide(member.id, False, version="2020-01").granted is False


def test_withdrawing_marketing_leaves_the_membership(db_session: Session) -> None:
    member = make_member(marketing=True)
    decide(member.id, False)
    membership, marketing = consents.list_standings(member.id)
    assert (membership.granted, marketing.granted) == (True, False)


@pytest.mark.parametrize("rewrite", ["UPDATE consent SET granted = false", "DELETE FROM consent"])
def test_the_database_refuses_to_rewrite_a_decision(db_session: Session, rewrite: str) -> None:
    make_member()
    with pytest.raises(DBAPIError, match="permission denied"), db_session.begin_nested():
        db_session.execute(text(rewrite))
