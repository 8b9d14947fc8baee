"""A person's own sign-in: second step, open sign-ins, password."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.models import StaffSession, Store
from app.services.second_steps import Fresh, State
from blueprints.schemas.base import Closed, Instant, Out
from blueprints.schemas.sessions import PasswordTried, SecondStepCode, StoreBriefOut
from blueprints.schemas.staff import NewPassword


class SecondStepOut(Out):
    """`confirmed_at` is null while it is off; `is_required`: the person's role may not be without."""

    is_on: bool
    confirmed_at: Instant | None
    recovery_codes_left: int
    is_required: bool

    @classmethod
    def of(cls, state: State) -> "SecondStepOut":
        return cls(
            is_on=state.confirmed_at is not None,
            confirmed_at=state.confirmed_at,
            recovery_codes_left=state.recovery_codes_left,
            is_required=state.is_required,
        )


class SecondStepStartIn(Closed):
    """The person's password: whoever finds a screen unlocked must not set one up."""

    password: PasswordTried


class SecondStepStartOut(Out):
    """Told once. `otpauth_uri` is what an authenticator scans as a QR code, `secret` what is typed instead."""

    secret: str
    otpauth_uri: str

    @classmethod
    def of(cls, fresh: Fresh) -> "SecondStepStartOut":
        return cls(secret=fresh.secret, otpauth_uri=fresh.uri)


class SecondStepCodeIn(Closed):
    """A code of the authenticator; a recovery code will do except to confirm."""

    second_step_code: SecondStepCode


class RecoveryCodesOut(Out):
    """Told once; each is good once in place of a code of the authenticator."""

    recovery_codes: Annotated[list[str], Field(min_length=1)]


class OwnSessionOut(Out):
    """A sign-in that is good now. `agent` is what the browser called itself."""

    id: UUID
    store: StoreBriefOut | None
    agent: str
    created_at: Instant
    expires_at: Instant
    is_current: bool

    @classmethod
    def of(cls, session: StaffSession, store: Store | None, *, is_current: bool) -> "OwnSessionOut":
        return cls(
            id=session.public_id,
            store=None if store is None else StoreBriefOut.of(store),
            agent=session.agent,
            created_at=session.created_at,
            expires_at=session.expires_at,
            is_current=is_current,
        )


class OwnSessionsOut(Out):
    """Newest first."""

    data: list[OwnSessionOut]


class OwnPasswordIn(Closed):
    """The new one must differ from the present one and not contain the login."""

    current_password: PasswordTried
    new_password: NewPassword
