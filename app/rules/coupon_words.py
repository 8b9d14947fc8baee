"""Coupon terms in plain words, zh-CN and English: one line for a list, and every sentence a member may rely on."""

from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache
from typing import Final

from app.rules import earning_words
from app.rules.coupon_terms import Terms
from app.rules.earning_words import Names, Words, amount_of, counted, joined

_COUNTER: Final = {"store": Words("门店", "our stores")}
_REFUNDS: Final = {
    "keep": Words("退款后不退回", "not given back after a refund"),
    "return_when_full": Words("全额退款后退回", "given back after a full refund"),
    "return": Words("退款后退回", "given back after a refund"),
}


def describe(terms: Terms, names: Names, *, english: bool, last_day: date | None = None) -> str:
    """One line: what it does, how long, where, and whether there is more to know."""
    if not (terms.stores or terms.tiers):
        return _describe_nameless(terms, english, last_day)
    return _describe(terms, names, english, last_day)


@lru_cache(maxsize=4096)
def _describe_nameless(terms: Terms, english: bool, last_day: date | None) -> str:
    """Of terms that name no store and no tier, which is most: a crowd reads the same line."""
    return _describe(terms, Names(), english, last_day)


def _describe(terms: Terms, names: Names, english: bool, last_day: date | None) -> str:
    parts = [headline(terms), validity(terms, last_day), _where(terms, names), _uses(terms)]
    if any(_conditions(terms, names)):
        parts.append(Words("有使用条件", "conditions apply"))
    return " · ".join(part.en if english else part.zh for part in parts if part)


def sentences(terms: Terms, names: Names, *, last_day: date | None = None) -> list[Words]:
    """Everything the terms say, the most important first. `last_day` is a copy's own; without it the terms' rule is told."""
    return _said(
        [
            headline(terms),
            validity(terms, last_day),
            _where(terms, names),
            _uses(terms),
            *_conditions(terms, names),
            *_company(terms),
            _REFUNDS[terms.on_refund],
            _life_limit(terms),
            Words("可转赠好友", "may be given to a friend") if terms.transferable else None,
        ]
    )


def headline(terms: Terms) -> Words:
    """What it does, for what minimum."""
    if terms.kind == "amount_off":
        least, off = amount_of(terms.min_spend_fen or 0), amount_of(terms.value_fen)
        return Words(f"满{least}元减{off}元", f"¥{off} off a bill of ¥{least} or more")
    head = _head(terms)
    if terms.min_spend_fen is None:
        return head
    least = amount_of(terms.min_spend_fen)
    return Words(f"满{least}元{head.zh}", f"{head.en} on a bill of ¥{least} or more")


def share_off(percent_bp: int) -> Words:
    """2000 → 8折, 20% off; 1550 → 8.45折, 15.5% off."""
    if percent_bp == earning_words.WHOLE_BP:
        return Words("免单", "100% off")
    return Words(f"{_decimal(earning_words.WHOLE_BP - percent_bp, 3)}折", f"{_decimal(percent_bp, 2)}% off")


def validity(terms: Terms, last_day: date | None) -> Words:
    """Until when a copy may be used, or how that follows from the day it is claimed."""
    if last_day is not None:
        return Words(f"{_day(last_day)}前有效(含当日)", f"valid through {last_day.isoformat()}")
    if terms.valid_until is not None:
        return _fixed(terms.valid_from, date.fromisoformat(terms.valid_until))
    days = terms.valid_days or 0
    if not terms.start_delay_days:
        return Words(f"领取后{days}天内有效", f"valid {counted(days, 'day')} after claiming")
    delay = terms.start_delay_days
    return Words(
        f"领取{delay}天后生效，生效后{days}天内有效",
        f"usable {counted(delay, 'day')} after claiming, then valid {counted(days, 'day')}",
    )


def _head(terms: Terms) -> Words:
    most, goods, goods_en = amount_of(terms.value_fen), terms.goods, terms.goods_en or terms.goods
    if terms.kind == "percent_off":
        off = share_off(terms.percent_bp or 0)
        return Words(f"{off.zh}(最多减{most}元)", f"{off.en} (at most ¥{most})")
    if terms.kind == "fixed_price":
        price = amount_of(terms.price_fen or 0)
        return Words(f"{price}元购一件(最多省{most}元)", f"one item for ¥{price} (saves at most ¥{most})")
    if terms.kind == "exchange":
        many, many_en = (f"{terms.quantity}件", f", {terms.quantity} items") if (terms.quantity or 1) > 1 else ("", "")
        return Words(f"兑换{goods}{many}(最高抵{most}元)", f"{goods_en} free{many_en} (worth up to ¥{most})")
    if terms.kind == "gift":
        return Words(f"赠{goods}", f"{goods_en} as a gift")
    return Words(f"体验{goods}", f"try {goods_en}")


def _fixed(first: str | None, last: date) -> Words:
    if first is None:
        return Words(f"{_day(last)}前有效(含当日)", f"valid through {last.isoformat()}")
    return Words(f"{_day(date.fromisoformat(first))}至{_day(last)}有效", f"valid {first} to {last.isoformat()}")


def _where(terms: Terms, names: Names) -> Words:
    limited = earning_words.places(terms.stores, names)
    return Words(limited.zh, f"only {limited.en}") if limited else Words("全部门店", "all stores")


def _uses(terms: Terms) -> Words | None:
    return Words(f"可用{terms.times}次", f"good for {terms.times} uses") if terms.times > 1 else None


def _life_limit(terms: Terms) -> Words | None:
    limit = terms.life_limit
    return Words(f"每人累计限领{limit}张", f"at most {limit} for each member") if limit else None


def _conditions(terms: Terms, names: Names) -> list[Words]:
    """Who, through what, for which goods, when."""
    return _said(
        [
            earning_words.tiers(terms.tiers, names),
            Words("限首次消费", "for your first purchase") if terms.first_purchase_only else None,
            _channels(terms.channels),
            earning_words.listed(terms.categories, "品类", "for"),
            earning_words.listed(terms.skus, "商品", "for"),
            _left_out("品类", terms.not_categories),
            _left_out("商品", terms.not_skus),
            earning_words.weekdays(terms.weekdays),
            earning_words.hours(terms.from_hour, terms.until_hour),
            _blackout(terms.blackout_dates),
        ]
    )


def _company(terms: Terms) -> list[Words]:
    """What it may not be used together with."""
    told = (
        (terms.exclusive, Words("不与其他券同用", "not together with other coupons")),
        (bool(terms.exclusive_group), Words("同一活动的券每单限用一张", "one coupon of its offer a bill")),
        (not terms.with_tier_discount, Words("不与会员折扣同享", "not together with the tier discount")),
        (not terms.with_points, Words("不与积分抵扣同用", "not together with points as money")),
    )
    return [words for holds, words in told if holds]


def _channels(codes: Sequence[str]) -> Words | None:
    if not codes:
        return None
    called = [_COUNTER.get(code, Words(code, code)) for code in codes]
    return Words(f"限渠道：{'、'.join(one.zh for one in called)}", f"through {joined([one.en for one in called])}")


def _left_out(kind: str, codes: Sequence[str]) -> Words | None:
    return Words(f"不含{kind}：{'、'.join(codes)}", f"not for {joined(codes)}") if codes else None


def _blackout(days: Sequence[str]) -> Words | None:
    return Words(f"{'、'.join(days)}不可用", f"not on {joined(days)}") if days else None


def _said(parts: Iterable[Words | None]) -> list[Words]:
    return [part for part in parts if part]


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _decimal(number: int, places: int) -> str:
    """A number with a point so many digits from its end, without needless zeros: 8500 by 3 is 8.5."""
    whole, rest = divmod(number, 10**places)
    return f"{whole}.{rest:0{places}d}".rstrip("0") if rest else str(whole)
