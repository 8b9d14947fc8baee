"""What a coupon says of itself and why it refuses a bill."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from app import errors as e
from app.rules.coupon_one_off import Terms, refusal, yuan

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize(("fen", "shown"), [(0, "0"), (5, "0.05"), (1000, "10"), (1050, "10.50"), (123456, "1234.56")])
def test_yuan(fen: int, shown: str) -> None:
    assert yuan(fen) == shown


@pytest.mark.parametrize(
    ("terms", "chinese", "english"),
    [
        (
            Terms(value_fen=1000, min_spend_fen=5000, valid_days=30),
            "满50元减10元 · 领取后30天内有效 · 全部门店",
            "¥10 off a bill of ¥50 or more · valid 30 days after claiming · all stores",
        ),
        (
            Terms(value_fen=550, min_spend_fen=5000, valid_days=1, store_names=("人民路店", "江边店")),
            "满50元减5.50元 · 领取后1天内有效 · 限人民路店、江边店",
            "¥5.50 off a bill of ¥50 or more · valid 1 day after claiming · only at 人民路店, 江边店",
        ),
        (
            Terms(value_fen=1000, min_spend_fen=1000, last_day=date(2026, 12, 20)),
            "满10元减10元 · 2026年12月20日前有效(含当日) · 全部门店",
            "¥10 off a bill of ¥10 or more · valid through 2026-12-20 · all stores",
        ),
    ],
)
def test_terms_in_plain_words(terms: Terms, chinese: str, english: str) -> None:
    assert terms.describe(english=False) == chinese
    assert terms.describe(english=True) == english


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({}, None),
        ({"now": NOW + timedelta(days=30) - timedelta(microseconds=1)}, None),
        ({"now": NOW + timedelta(days=30)}, e.CouponExpired),
        ({"status": "expired"}, e.CouponExpired),
        ({"status": "revoked"}, e.CouponNotUsable),
        ({"now": NOW - timedelta(microseconds=1)}, e.CouponNotStarted),
        ({"store_ids": [1, 2], "store_id": 2}, None),
        ({"store_ids": [1, 2], "store_id": 3}, e.WrongStore),
        ({"bill_fen": 5000}, None),
        ({"bill_fen": 4999}, e.MinimumSpendNotMet),
        # What nobody can mend comes before what a larger bill would mend.
        ({"bill_fen": 1, "store_ids": [1], "store_id": 3, "now": NOW + timedelta(days=31)}, e.CouponExpired),
        ({"bill_fen": 1, "store_ids": [1], "store_id": 3}, e.WrongStore),
    ],
)
def test_refusal(changes: dict[str, Any], error: type[e.LoyaltyError] | None) -> None:
    asked: dict[str, Any] = {
        "status": "active",
        "usable_from": NOW,
        "expires_at": NOW + timedelta(days=30),
        "store_ids": [],
        "min_spend_fen": 5000,
        "now": NOW,
        "store_id": 1,
        "bill_fen": 8000,
    }
    found = refusal(**(asked | changes))
    assert type(found) is (type(None) if error is None else error)
