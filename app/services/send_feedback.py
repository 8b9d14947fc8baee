"""What the platform's answers teach about the account and the template, in the transaction that writes the outcome."""

from datetime import datetime

from app.rules import pace
from app.rules.after_send import Verdict
from app.services import send_breakers, send_controls


def heed(
    verdict: Verdict, *, errcode: int | None, account: str, template: str, after_trouble: bool, now: datetime
) -> None:
    """Slow down, hold, open or close as the verdict says. `after_trouble`: a success has something to close."""
    reason = verdict.reason or ""
    if verdict.slows:
        send_controls.slow_down(account, now=now)
    if verdict.holds is not None:
        until = pace.next_day(now) if verdict.holds == "day" else pace.next_minute(now)
        send_controls.hold(account, until=until, reason=reason, now=now)
    if verdict.opens is not None:
        key = template if verdict.opens == "template" else account
        send_breakers.open_now(verdict.opens, key, errcode=errcode, reason=reason, now=now)
    if verdict.counts_refusal:
        send_breakers.count_refusal(template, errcode=errcode, reason=reason, now=now)
    elif verdict.state == "sent" and after_trouble:
        send_breakers.succeed(template=template, account=account)
