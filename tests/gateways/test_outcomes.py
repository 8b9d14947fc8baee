"""The table from WeChat's errcodes to what follows."""

import pytest

from app.gateways.wechat import outcomes
from app.gateways.wechat.troubles import Trouble, as_outcome


@pytest.mark.parametrize(
    ("errcode", "action", "after"),
    [
        (-1, "retry_soon", 2),
        (43108, "retry_soon", 2),
        (40001, "retry_later", 60),
        (42001, "retry_later", 60),
        (45011, "retry_later", 60),
        (45009, "retry_later", 3600),
        (43101, "drop_grant", None),
        (40003, "fail_member", None),
        (43104, "fail_member", None),
        (40037, "stop_template", None),
        (43107, "stop_channel", None),
        (40164, "stop_channel", None),
        (48001, "stop_channel", None),
        (50002, "stop_channel", None),
        (41030, "fail_message", None),
        (45168, "fail_message", None),
        (47003, "fail_message", None),
        (999_999, "fail_message", None),
    ],
)
def test_a_refusal_was_certainly_not_sent(errcode: int, action: str, after: int | None) -> None:
    outcome = outcomes.refused(errcode)
    assert (outcome.status, outcome.not_sent, outcome.errcode) == ("failed", True, errcode)
    assert (outcome.action, outcome.retry_after_seconds) == (action, after)


def test_only_what_certainly_did_not_leave_may_be_sent_again() -> None:
    assert as_outcome(Trouble("not_sent", "no_connection")).not_sent
    for kind in ("unclear", "nonsense"):
        outcome = as_outcome(Trouble(kind, "timeout"))
        assert (outcome.status, outcome.action, outcome.not_sent) == ("unknown", "none", False)
