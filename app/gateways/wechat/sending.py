"""What a send came to: the same words for every message, whether its sender waits or has others under way."""

from collections.abc import Callable
from typing import Any

from app.gateways.departure import NeverCame, Steps

from . import answers, outcomes
from .outcomes import SendOutcome
from .troubles import Trouble, as_outcome


def sent(call: Callable[[], dict[str, Any]]) -> SendOutcome:
    """Of a call made here and now. Never raises for trouble outside."""
    try:
        return _accepted(call())
    except NeverCame:
        return outcomes.no_slot()
    except Trouble as trouble:
        return as_outcome(trouble)


def sent_in_steps(calling: Steps[dict[str, Any] | None]) -> Steps[SendOutcome | None]:
    """Of one that goes on; None when it was not begun."""
    try:
        answer = yield from calling
        return None if answer is None else _accepted(answer)
    except NeverCame:
        return outcomes.no_slot()
    except Trouble as trouble:
        return as_outcome(trouble)


def _accepted(answer: dict[str, Any]) -> SendOutcome:
    if "errcode" not in answer:
        return outcomes.in_doubt("answer_without_errcode")
    return outcomes.accepted(answers.whole_number(answer.get("msgid")))
