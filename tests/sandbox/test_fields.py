"""The keyword table, rule by rule."""

import pytest

from sandbox.fields import is_valid

GOOD = {
    "thing": ["生", "字" * 20, "coffee + 茶 (2)!", "🎂" * 20],
    "number": ["0", "12.5", "9" * 32],
    "letter": ["A", "z" * 32],
    "symbol": ["#", "!?#&*"],
    "character_string": ["A1-b_2", "x" * 32],
    "time": ["15:01", "2019年10月1日 15:01", "2020-08-17 20:33:09", "10:00~22:00", "2026年12月1日~2026年12月3日"],
    "date": ["2019年10月1日", "2019年10月01日 15:01", "2026年1月1日~2026年1月2日", "2026-11-20"],
    "amount": ["¥20.00", "￥1", "100元", "20.5", "9999999999"],
    "phone_number": ["13800138000", "+86-0766-66888866"],
    "car_number": ["粤A8Z888挂", "A12345"],
    "name": ["张三", "字" * 10, "x" * 20],
    "phrase": ["已生效", "即将到期啊"],
}
BAD = {
    "thing": ["字" * 21, "a\tb", "   "],
    "number": ["9" * 33, "1,000", "-1", "１"],
    "letter": ["a1", "z" * 33, "é"],
    "symbol": ["a", "######"],
    "character_string": ["中文", "x" * 33, "a b"],
    "time": ["25:00", "15:60", "soon", "2026年13月1日", "15:01 "],
    "date": ["10月1日", "2019/10/01", "2019年10月32日", "15:01"],
    "amount": ["20.00美元", "¥¥1", "1" * 11, "¥", "-5"],
    "phone_number": ["1" * 18, "电话"],
    "car_number": ["粤A8Z88888挂", "12345"],
    "name": ["字" * 11, "x" * 21],
    "phrase": ["六个汉字太长", "OK", "已生效!"],
}


@pytest.mark.parametrize("rule", sorted(GOOD))
def test_rule(rule: str) -> None:
    assert [value for value in GOOD[rule] if not is_valid(rule, value)] == []
    assert [value for value in BAD[rule] if is_valid(rule, value)] == []
