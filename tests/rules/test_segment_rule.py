"""What a segment's rule may look like: everything else is refused, by its place and one word; nothing said is ever SQL."""

import json
from typing import Any

import pytest

from app.errors import SegmentRuleInvalid
from app.rules import segment_compiler, segment_grammar, segment_rule

PLAIN = {"is": "has_phone"}


def nested(depth: int) -> dict[str, Any]:
    """So many levels, the question the deepest."""
    rule: dict[str, Any] = PLAIN
    for _ in range(depth - 1):
        rule = {"not": rule}
    return rule


def faults(rule: Any) -> dict[str, str]:
    with pytest.raises(SegmentRuleInvalid) as refused:
        segment_rule.parse(rule)
    found: dict[str, str] = refused.value.data["fields"]
    json.dumps(found, ensure_ascii=False).encode()
    return found


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        (None, {"rule": "not_an_object"}),
        ([PLAIN], {"rule": "not_an_object"}),
        ({}, {"rule": "not_a_question_or_group"}),
        ({"v": 2, **PLAIN}, {"rule.v": "unknown_grammar"}),
        ({"v": True, **PLAIN}, {"rule.v": "unknown_grammar"}),
        ({"v": "1", **PLAIN}, {"rule.v": "unknown_grammar"}),
        ({"not": {"v": 1, **PLAIN}}, {"rule.not.v": "unknown_field"}),
        ({"all": []}, {"rule.all": "not_a_list"}),
        ({"all": PLAIN}, {"rule.all": "not_a_list"}),
        ({"any": [PLAIN, 5]}, {"rule.any[1]": "not_an_object"}),
        ({"not": [PLAIN]}, {"rule.not": "not_an_object"}),
        ({"all": [PLAIN], "any": [PLAIN]}, {"rule.any": "unknown_field"}),
        ({"is": "has_phone", "all": [PLAIN]}, {"rule.all": "unknown_field"}),
        ({"is": "password"}, {"rule.is": "unknown_question"}),
        ({"is": ["has_phone"]}, {"rule.is": "unknown_question"}),
        ({"is": "has_phone", "sql": "TRUE"}, {"rule.sql": "unknown_field"}),
        ({"is": "has_phone", "a\x00b": 1}, {"rule.a?b": "unknown_field"}),
        ({"is": "has_phone", "\ud800": 1}, {"rule.?": "unknown_field"}),
        ({"is": "has_phone", "x" * 5_000: 1}, {f"rule.{'x' * 40}": "unknown_field"}),
        ({"is": "tag"}, {"rule.any_of": "required"}),
        ({"is": "tag", "any_of": []}, {"rule.any_of": "not_a_list"}),
        ({"is": "tag", "any_of": "VIP"}, {"rule.any_of": "not_a_list"}),
        ({"is": "tag", "any_of": ["a"] * 201}, {"rule.any_of": "not_a_list"}),
        ({"is": "tag", "any_of": ["a" * 101]}, {"rule.any_of": "not_a_text"}),
        ({"is": "tag", "any_of": ["a\x00"]}, {"rule.any_of": "not_a_text"}),
        ({"is": "tag", "any_of": ["\ud800"]}, {"rule.any_of": "not_a_text"}),
        ({"is": "tag", "any_of": [5]}, {"rule.any_of": "not_a_text"}),
        ({"is": "birthday_month", "any_of": [13]}, {"rule.any_of": "out_of_range"}),
        ({"is": "birthday_month", "any_of": [True]}, {"rule.any_of": "not_a_whole_number"}),
        ({"is": "birthday_month", "any_of": ["1"]}, {"rule.any_of": "not_a_whole_number"}),
        ({"is": "lifecycle", "any_of": ["dead"]}, {"rule.any_of": "unknown_stage"}),
        ({"is": "lifecycle", "any_of": [{}]}, {"rule.any_of": "unknown_stage"}),
        ({"is": "member_list", "any_of": ["1"]}, {"rule.any_of": "not_an_id"}),
        ({"is": "member_list", "any_of": ["{00000000-0000-0000-0000-000000000007}"]}, {"rule.any_of": "not_an_id"}),
        ({"is": "growth"}, {"rule.min": "required"}),
        ({"is": "growth", "min": 2, "max": 1}, {"rule.max": "empty_interval"}),
        ({"is": "growth", "min": 1.5}, {"rule.min": "not_a_whole_number"}),
        ({"is": "growth", "min": float("nan")}, {"rule.min": "not_a_whole_number"}),
        ({"is": "growth", "min": -1}, {"rule.min": "out_of_range"}),
        ({"is": "growth", "min": 10**30}, {"rule.min": "out_of_range"}),
        ({"is": "growth", "min": "1; DROP TABLE member"}, {"rule.min": "not_a_whole_number"}),
        ({"is": "purchases", "days": 0}, {"rule.days": "out_of_range"}),
        ({"is": "purchases", "days": 3_651}, {"rule.days": "out_of_range"}),
        ({"is": "coupons_expiring"}, {"rule.days": "required"}),
        ({"is": "joined_on"}, {"rule.from": "required"}),
        ({"is": "joined_on", "from": "2026-02-30"}, {"rule.from": "not_a_date"}),
        ({"is": "joined_on", "from": "0001-01-01"}, {"rule.from": "out_of_range"}),
        ({"is": "joined_on", "until": "9999-12-31"}, {"rule.until": "out_of_range"}),
        ({"is": "joined_on", "from": "2026-02-02", "until": "2026-02-01"}, {"rule.until": "empty_interval"}),
        (
            {"all": [{"is": "tag"}, {"any": [{"is": "x"}, {"is": "growth", "mim": 1}]}]},
            {
                "rule.all[0].any_of": "required",
                "rule.all[1].any[0].is": "unknown_question",
                "rule.all[1].any[1].mim": "unknown_field",
            },
        ),
        (nested(7), {"rule.not.not.not.not.not.not": "too_deep"}),
        (nested(900), {"rule.not.not.not.not.not.not": "too_deep"}),
        ({"all": [PLAIN] * 21}, {"rule.all": "too_many_parts"}),
        ({"all": [{"any": [PLAIN] * 20} for _ in range(4)]}, {"rule": "too_many_questions"}),
    ],
)
def test_what_is_no_rule_is_refused_by_its_place(rule: Any, found: dict[str, str]) -> None:
    assert faults(rule) == found


def test_a_heap_of_faults_is_not_told_to_its_end() -> None:
    wide: dict[str, Any] = {"all": [{"all": [{"all": [{"x": 1}] * 20}] * 20}] * 20}
    assert len(faults(wide)) == 50


def test_the_largest_rule_there_may_be_is_read() -> None:
    full = {"all": [{"any": [PLAIN] * 20} for _ in range(3)]}
    assert len(list(segment_rule.questions(segment_rule.parse(full)))) == segment_grammar.MAX_QUESTIONS
    segment_rule.parse(nested(6))


def test_what_is_stored_reads_the_same() -> None:
    rule = {"any": [{"is": "tag", "any_of": ["b", "a", "b"]}, {"not": {"is": "growth", "min": None, "max": 5}}]}
    node = segment_rule.parse(rule)
    stored = segment_rule.as_json(node)
    assert stored == {"v": 1, "any": [{"is": "tag", "any_of": ["a", "b"]}, {"not": {"is": "growth", "max": 5}}]}
    assert segment_rule.parse(stored) == node


@pytest.mark.parametrize("text", ["'; DROP TABLE member; --", "%s %(x)s", ":seg_now", "\\", '"', "$1", "é猫"])
def test_no_word_of_a_rule_is_in_the_sql(text: str) -> None:
    """Two rules of one shape are one text, whatever they say."""
    texts = ("tag", "tier", "locale", "joined_channel", "joined_store")
    asides = {"stores": [text], "channels": [text], "categories": [text], "skus": [text]}
    said = {"all": [*({"is": kind, "any_of": [text]} for kind in texts), {"is": "purchases", **asides}]}
    plain = json.loads(json.dumps(said, ensure_ascii=False).replace(json.dumps(text, ensure_ascii=False), '"x"'))
    compiled = segment_compiler.compile(said)
    assert compiled.sql == segment_compiler.compile(plain).sql
    assert [text] in compiled.params.values()
