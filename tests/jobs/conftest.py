"""A template, and a limiter that lets everything through."""

from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from app.models import MessageTemplate
from app.wiring import parts
from tests.factories.messages import OpenGate, make_message_template


@pytest.fixture
def open_gate(db_session: Session, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    """No message waits for a slot."""
    monkeypatch.setattr(parts(), "limiter", OpenGate())


@pytest.fixture
def template(db_session: Session, now: datetime) -> MessageTemplate:
    """A promotion."""
    return make_message_template()
