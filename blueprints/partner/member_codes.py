"""Proving a member code that a partner's till scanned, and keeping it from being guessed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, TypeVar, cast

from app.errors import LoyaltyError, MemberCodeExpired, MemberCodeMalformed
from app.rules import member_code
from app.services import buyers, member_codes
from app.transaction import transaction
from app.wiring import parts
from blueprints import attempts
from blueprints.attempts import Limit
from blueprints.signatures import current_partner

F = TypeVar("F", bound=Callable[..., Any])

# As at a counter, per key: eight digits cannot be guessed at this rate.
WRONG_CODES = Limit("partner_member_code", tries=30, window_seconds=300)


@dataclass(frozen=True, slots=True)
class ProvenCode:
    """Whom a code names, and the step it was drawn in; not used up yet."""

    member_id: int
    step: int


def counted(view: F) -> F:
    """Count every try with a code before it is looked at, outside the view's transaction; right ones are given back."""

    @wraps(view)
    def counting(*args: Any, **kwargs: Any) -> Any:
        body = kwargs["json_data"]
        if _code_in(body) is None:
            return view(*args, **kwargs)
        who = str(current_partner().id)
        attempts.count(WRONG_CODES, who)
        try:
            answer = view(*args, **kwargs)
        except LoyaltyError as refusal:
            if not isinstance(refusal, (MemberCodeExpired, MemberCodeMalformed)):
                _forgive(who)
            raise
        _forgive(who)
        return answer

    return cast(F, counting)


def prove(text: str, *, at: datetime) -> ProvenCode:
    """The member whose device showed this code at `at`. Raises MemberCodeMalformed, MemberCodeExpired."""
    code = member_code.parse(text)
    holder = buyers.find_holder(code.number)
    step = None
    if holder is not None:
        secret = member_codes.secret_bytes(code.number, holder.secret_cipher, vault=parts().vault)
        step = member_code.matching_step(code, secret, at=at)
    if holder is None or step is None:
        raise MemberCodeExpired
    return ProvenCode(holder.member_id, step)


def _code_in(body: Any) -> str | None:
    named = getattr(body, "buyer", body)
    code: str | None = getattr(named, "member_code", None)
    return code


def _forgive(who: str) -> None:
    with transaction():
        attempts.forgive(WRONG_CODES, who)
