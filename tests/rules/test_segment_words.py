"""Rules read back in plain words, both languages."""

from typing import Any

import pytest

from app.rules import segment_grammar, segment_rule, segment_words
from app.rules.earning_words import Words

NAMES = {"tier": {"gold": Words("金卡", "Gold")}, "store": {"S1": Words("一号店", "Store One")}}


@pytest.mark.parametrize(
    ("rule", "zh", "en"),
    [
        ({"is": "has_phone"}, "绑定了手机号", "has a phone number"),
        ({"is": "tag", "any_of": ["VIP", "咖啡党"]}, "标签：VIP、咖啡党", "tagged VIP or 咖啡党"),
        ({"is": "tier", "any_of": ["gold"]}, "等级：金卡", "tier Gold"),
        ({"is": "lifecycle", "any_of": ["at_risk"]}, "生命周期：有流失风险", "stage of life at risk"),
        ({"is": "birthday_month", "any_of": [11]}, "生日月份：11", "birthday in month 11"),
        ({"is": "growth", "min": 5, "max": 5}, "成长值 等于 5", "growth value exactly 5"),
        ({"is": "growth", "min": 5, "max": 9}, "成长值 5 至 9", "growth value 5 to 9"),
        ({"is": "joined_on", "from": "2026-01-01"}, "2026-01-01 起入会", "joined on or after 2026-01-01"),
        ({"is": "purchases"}, "消费次数 至少 1", "purchases at least 1"),
        (
            {"is": "spent_fen", "max": 12_050, "days": 90, "stores": ["S1"]},
            "近 90 天，门店：一号店，消费金额(元) 至多 120.50",
            "yuan spent at most 120.50, in the last 90 days, at Store One",
        ),
        (
            {"is": "coupons_expiring", "days": 3},
            "3 天内，将过期券数 至少 1",
            "coupons expiring at least 1, within 3 days",
        ),
        (
            {"all": [{"is": "has_phone"}, {"not": {"is": "marketing_consent"}}]},
            "同时满足（绑定了手机号；不满足（同意接收营销消息））",
            "all of (has a phone number; not (agreed to marketing messages))",
        ),
    ],
)
def test_a_rule_in_words(rule: dict[str, Any], zh: str, en: str) -> None:
    assert segment_words.sentence(segment_rule.parse(rule), NAMES) == Words(zh, en)


def test_every_question_has_words() -> None:
    known = {"joined_on", *segment_words._PLAIN, *segment_words._CHOICES, *segment_words._MEASURES}
    assert known == set(segment_grammar.QUESTIONS)
