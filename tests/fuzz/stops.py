"""What holds sending back in the made-up shop: a stopped template, a stopped and held account."""

from datetime import datetime, timedelta
from typing import Any

from app.models import MessageTemplate
from app.services import send_breakers, send_controls

ACCOUNT = "app:fuzz"


def stock(template: MessageTemplate, *, now: datetime) -> dict[str, list[Any]]:
    """Stopped anew, whoever let it go; what is known of it, by field."""
    send_breakers.open_now("template", str(template.id), errcode=40037, reason="template_invalid", now=now)
    send_breakers.open_now("account", ACCOUNT, errcode=48001, reason="no_permission", now=now)
    send_controls.hold(ACCOUNT, until=now + timedelta(hours=1), reason="daily_quota", now=now)
    return {"account": [ACCOUNT]}
