"""What holds sending back is told with its names, and a person's word about it is written down."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actor import Actor
from app.errors import NotFound
from app.models import AuditEntry
from app.services import send_breakers, send_controls, sending
from tests.conftest import NOON
from tests.factories.messages import make_message_template

ACCOUNT = "app:wx"
MANAGER = Actor(kind="system", id=None)


def notes(session: Session) -> list[str]:
    return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def test_everything_flows(db_session: Session) -> None:
    assert sending.look(now=NOON) == sending.State(breakers=[], accounts=[], quotas=[])


def test_what_stands_still_is_told_with_its_template(db_session: Session) -> None:
    template = make_message_template()
    send_breakers.open_now("template", str(template.id), errcode=40037, reason="template_invalid", now=NOON)
    send_breakers.open_now("account", ACCOUNT, errcode=48001, reason="no_permission", now=NOON)
    send_controls.slow_down(ACCOUNT, now=NOON)
    send_controls.take_quota(ACCOUNT, cap=100, wanted=8, now=NOON)
    state = sending.look(now=NOON)
    told = [(one.breaker.scope, one.breaker.errcode, one.template and one.template.code) for one in state.breakers]
    assert told == [("account", 48001, None), ("template", 40037, template.code)]
    assert [(one.account, one.pace_bp, one.held_until) for one in state.accounts] == [(ACCOUNT, 5_000, None)]
    assert [(one.account, one.cap, one.used) for one in state.quotas] == [(ACCOUNT, 100, 8)]


def test_a_person_lets_one_try_or_says_it_is_mended(db_session: Session) -> None:
    template = make_message_template()
    send_breakers.open_now("template", str(template.id), errcode=40037, reason="template_invalid", now=NOON)
    send_breakers.open_now("account", ACCOUNT, errcode=48001, reason="no_permission", now=NOON)
    sending.decide_template(template.public_id, step="probe", actor=MANAGER, now=NOON)
    assert send_breakers.take_probe(template=str(template.id), account="another", now=NOON)
    sending.decide_template(template.public_id, step="close", actor=MANAGER, now=NOON)
    sending.decide_account(ACCOUNT, step="close", actor=MANAGER, now=NOON)
    assert sending.look(now=NOON).breakers == []
    assert notes(db_session)[-3:] == ["send_breaker.try", "send_breaker.close", "send_breaker.close"]


def test_a_hold_ends_by_a_persons_word(db_session: Session) -> None:
    send_controls.hold(ACCOUNT, until=NOON + timedelta(hours=9), reason="daily_quota", now=NOON)
    assert [one.hold_reason for one in sending.look(now=NOON).accounts] == ["daily_quota"]
    sending.decide_account(ACCOUNT, step="let_go", actor=MANAGER, now=NOON)
    assert sending.look(now=NOON).accounts == []
    assert notes(db_session)[-1] == "send_hold.let_go"


@pytest.mark.parametrize("step", ["probe", "close", "let_go"])
def test_where_nothing_stands_still_there_is_nothing_to_decide(db_session: Session, step: str) -> None:
    before = notes(db_session)
    with pytest.raises(NotFound):
        sending.decide_account(ACCOUNT, step=step, actor=MANAGER, now=NOON)
    if step != "let_go":
        with pytest.raises(NotFound):
            sending.decide_template(make_message_template().public_id, step=step, actor=MANAGER, now=NOON)
    assert [one for one in notes(db_session)[len(before) :] if one.startswith("send_")] == []
