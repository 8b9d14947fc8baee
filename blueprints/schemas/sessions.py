"""Signing in: a customer with WeChat's code, a person of the staff with login and password."""

from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from app.models import Staff, Store
from blueprints.schemas.base import Closed, Code, Instant, Out
from blueprints.schemas.members import ConsentIn, MemberOut

# WeChat does not promise a form; visible ASCII covers every code seen.
WeChatCode = Annotated[str, StringConstraints(min_length=1, max_length=256, pattern=r"^[\x21-\x7e]+$")]
Login = Annotated[str, StringConstraints(to_lower=True, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{1,39}$")]
# argon2 reads any length; longer than this is not a password.
PasswordTried = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class MemberSignInIn(Closed):
    """`login_code` from wx.login; the consent is needed once, when joining."""

    login_code: WeChatCode
    membership_consent: ConsentIn | None = None


class MemberSignInOut(Out):
    """Send `token` as `Authorization: Bearer …` until `expires_at`; then call wx.login again."""

    token: str
    expires_at: Instant
    member: MemberOut
    is_new: bool


class CounterSignInIn(Closed):
    """A clerk or manager at the counter of one store."""

    login: Login
    password: PasswordTried
    store_code: Code


class ConsoleSignInIn(Closed):
    """A manager, marketer, auditor or admin."""

    login: Login
    password: PasswordTried


# Six digits of an authenticator, or a recovery code with or without its dash.
SecondStepCode = Annotated[str, StringConstraints(pattern=r"^([0-9]{6}|[A-Za-z2-7]{8}-?[A-Za-z2-7]{8})$")]


class SecondStepIn(Closed):
    """The `challenge` that the password brought (error `second_step_needed`), and a code."""

    challenge: Annotated[str, StringConstraints(min_length=1, max_length=1000, pattern=r"^[A-Za-z0-9_-]+$")]
    second_step_code: SecondStepCode


class StoreBriefOut(Out):
    id: UUID
    code: str
    name: str

    @classmethod
    def of(cls, store: Store) -> "StoreBriefOut":
        return cls(id=store.public_id, code=store.code, name=store.name)


class StaffMeOut(Out):
    """Who is signed in; `store` is the counter, null at the console.

    `must_set_up_second_step`: nothing is open to this sign-in but setting it up, the password and the sign-ins.
    """

    id: UUID
    login: str
    display_name: str
    role: str
    store: StoreBriefOut | None
    must_set_up_second_step: bool

    @classmethod
    def of(cls, person: Staff, store: Store | None, *, must_set_up: bool) -> "StaffMeOut":
        return cls(
            id=person.public_id,
            login=person.login,
            display_name=person.display_name,
            role=person.role,
            store=None if store is None else StoreBriefOut.of(store),
            must_set_up_second_step=must_set_up,
        )


class StaffSignInOut(Out):
    """Send `token` as `Authorization: Bearer …` until `expires_at`. `zone` is the shop's, as IANA names it."""

    token: Annotated[str, Field(min_length=32)]
    expires_at: Instant
    staff: StaffMeOut
    zone: str
