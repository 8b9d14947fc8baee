"""What holds sending back, on the wire."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import StringConstraints

from app.services.sending import Standing, State
from blueprints.schemas.base import Closed, Instant, Out, PublicId

# As the send limiter names it: "app:wx…", "oa:wx…", "sms", "email".
Account = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_:.-]{1,80}$")]


class TemplateStepIn(Closed):
    """probe: one message tries at once · close: it is mended."""

    message_template_id: PublicId
    step: Literal["probe", "close"]


class AccountStepIn(Closed):
    """let_go: a hold ends, because the platform raised the limit."""

    account: Account
    step: Literal["probe", "close", "let_go"]


class BreakerOut(Out):
    """open: nothing leaves · half_open: one message is trying. The next one may try at `probe_at`."""

    scope: str
    message_template_id: UUID | None
    template_code: str | None
    account: str | None
    state: str
    errcode: int | None
    reason: str | None
    opened_at: Instant
    probe_at: Instant
    failed_probes: int

    @classmethod
    def of(cls, standing: Standing) -> "BreakerOut":
        breaker, template = standing.breaker, standing.template
        return cls(
            scope=breaker.scope,
            message_template_id=template.public_id if template else None,
            template_code=template.code if template else None,
            account=breaker.key if breaker.scope == "account" else None,
            state=breaker.state,
            errcode=breaker.errcode,
            reason=breaker.reason,
            opened_at=breaker.opened_at,
            probe_at=breaker.probe_at,
            failed_probes=breaker.failed_probes,
        )


class SendingAccountOut(Out):
    """`pace_bp` of the full rate; nothing before `held_until`."""

    account: str
    pace_bp: int
    held_until: Instant | None
    hold_reason: str | None


class QuotaOut(Out):
    """Of the platform's day; what workers hold for messages to come is counted as used."""

    account: str
    day: date
    cap: int
    used: int


class SendingOut(Out):
    breakers: list[BreakerOut]
    accounts: list[SendingAccountOut]
    quotas: list[QuotaOut]

    @classmethod
    def of(cls, state: State) -> "SendingOut":
        return cls(
            breakers=[BreakerOut.of(one) for one in state.breakers],
            accounts=[SendingAccountOut.model_validate(one) for one in state.accounts],
            quotas=[QuotaOut.model_validate(one) for one in state.quotas],
        )
