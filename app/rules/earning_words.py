"""Earning rules in plain words, zh-CN and English, read off the terms in force: what a member may rely on (S28)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from app.rules.earning_terms import Terms

FEN_PER_YUAN: Final = 100
WHOLE_BP: Final = 10_000
_WEEKDAYS: Final = (
    ("周一", "Mondays"),
    ("周二", "Tuesdays"),
    ("周三", "Wednesdays"),
    ("周四", "Thursdays"),
    ("周五", "Fridays"),
    ("周六", "Saturdays"),
    ("周日", "Sundays"),
)


@dataclass(frozen=True)
class Words:
    """One sentence in both languages."""

    zh: str
    en: str


@dataclass(frozen=True)
class Names:
    """What the codes in a rule are called; an unknown code stands for itself."""

    stores: Mapping[str, Words] = field(default_factory=dict)
    tiers: Mapping[str, Words] = field(default_factory=dict)


def sentence(terms: Terms, *, event: str, ledger: str, names: Names) -> Words:
    """What the rule pays, for what, when, and up to how much."""
    head = _head(terms, event=event, unit=_unit(ledger))
    asides = [*_conditions(terms, names), *_limits(terms)]
    if not asides:
        return head
    return Words(
        f"{head.zh}（{'，'.join(aside.zh for aside in asides)}）",
        f"{head.en} ({'; '.join(aside.en for aside in asides)})",
    )


def amount_of(fen: int) -> str:
    """Fen as yuan, without empty decimals: 5 → 0.05, 20000 → 200."""
    yuan, rest = divmod(fen, FEN_PER_YUAN)
    return f"{yuan}.{rest:02d}" if rest else str(yuan)


def times(factor_bp: int) -> str:
    """20000 → 2, 15000 → 1.5."""
    whole, rest = divmod(factor_bp, WHOLE_BP)
    return f"{whole}.{rest:04d}".rstrip("0") if rest else str(whole)


def ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 4th, 11th, 21st…"""
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def counted(number: int, one: str) -> str:
    """1 point, 2 points."""
    return f"{number} {one}" if number == 1 else f"{number} {one}s"


def _unit(ledger: str) -> tuple[str, Callable[[int], str]]:
    if ledger == "growth":
        return "成长值", lambda number: f"{number} growth"
    return "积分", lambda number: counted(number, "point")


def _head(terms: Terms, *, event: str, unit: tuple[str, Callable[[int], str]]) -> Words:
    zh, en = unit
    if terms.kind == "per_yuan":
        rate, yuan = terms.rate or 0, terms.yuan or 1
        spent = "yuan" if yuan == 1 else f"{yuan} yuan"
        return Words(f"每消费 {yuan} 元得 {rate} {zh}", f"{en(rate)} for every {spent} spent")
    if terms.kind == "multiplier":
        factor = times(terms.factor_bp or WHOLE_BP)
        return Words(f"消费{zh} {factor} 倍", f"{factor}× {en(2).split()[1]} on purchases")
    occasion = _occasion(terms, event)
    return Words(f"{occasion.zh}得 {terms.amount or 0} {zh}", f"{en(terms.amount or 0)} {occasion.en}")


def _occasion(terms: Terms, event: str) -> Words:
    if event == "anniversary" and terms.years:
        years = [str(year) for year in terms.years]
        return Words(
            f"入会满 {'、'.join(years)} 周年", f"for {joined(years)} {_plural('year', terms.years)} of membership"
        )
    if event == "purchase":
        visit = _visit(terms)
        return Words(visit.zh, f"for {visit.en}") if visit else Words("每笔消费", "for each purchase")
    return {
        "check_in": Words("每次签到", "for each check-in"),
        "joined": Words("入会", "for joining"),
        "phone_bound": Words("绑定手机号", "for adding your phone number"),
        "anniversary": Words("每个入会周年", "for each year of membership"),
    }[event]


def _plural(word: str, numbers: Sequence[int]) -> str:
    return word if list(numbers) == [1] else f"{word}s"


def joined(parts: Sequence[str]) -> str:
    """One, two and three."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _conditions(terms: Terms, names: Names) -> list[Words]:
    found = [
        places(terms.stores, names),
        listed(terms.channels, "渠道", "through"),
        tiers(terms.tiers, names),
        _season(terms),
        weekdays(terms.weekdays),
        hours(terms.from_hour, terms.until_hour),
        _visit(terms) if terms.kind != "fixed" else None,
        listed(terms.categories, "品类", "for"),
        listed(terms.skus, "商品", "for"),
        _items(terms),
        _paid(terms),
    ]
    return [one for one in found if one]


def places(codes: Sequence[str], names: Names) -> Words | None:
    """The stores something is limited to."""
    if not codes:
        return None
    called = [names.stores.get(code, Words(code, code)) for code in codes]
    return Words(f"限{'、'.join(one.zh for one in called)}", f"at {joined([one.en for one in called])}")


def tiers(codes: Sequence[str], names: Names) -> Words | None:
    """The tiers something is limited to."""
    if not codes:
        return None
    called = [names.tiers.get(code, Words(code, code)) for code in codes]
    return Words(f"限{'、'.join(one.zh for one in called)}", f"for {joined([one.en for one in called])} members")


def listed(codes: Sequence[str], kind: str, preposition: str) -> Words | None:
    """The codes of a kind something is limited to."""
    return Words(f"限{kind}：{'、'.join(codes)}", f"{preposition} {joined(codes)}") if codes else None


def _season(terms: Terms) -> Words | None:
    first, last = terms.from_date, terms.until_date
    yearly = len(first or last or "") == len("12-01")
    every_zh, every_en = ("每年 ", " every year") if yearly else ("", "")
    if first and last:
        return Words(f"{every_zh}{first} 至 {last}", f"{first} to {last}{every_en}")
    if first:
        return Words(f"{first} 起", f"from {first}")
    return Words(f"至 {last}", f"until {last}") if last else None


def weekdays(numbers: Sequence[int]) -> Words | None:
    """Monday is 1."""
    days = [_WEEKDAYS[day - 1] for day in numbers]
    return Words("、".join(zh for zh, _ in days), joined([en for _, en in days])) if days else None


def hours(first: int | None, end: int | None) -> Words | None:
    """An interval of local hours."""
    if first is None or end is None:
        return None
    interval = f"{first:02d}:00–{end:02d}:00"
    return Words(interval, interval)


def _visit(terms: Terms) -> Words | None:
    if terms.nth_purchase == 1:
        return Words("首次消费", "your first purchase")
    if terms.nth_purchase:
        return Words(f"第 {terms.nth_purchase} 次消费", f"your {ordinal(terms.nth_purchase)} purchase")
    if terms.every_nth:
        return Words(f"每第 {terms.every_nth} 次消费", f"every {ordinal(terms.every_nth)} purchase")
    return None


def _items(terms: Terms) -> Words | None:
    return Words(f"满 {terms.min_items} 件", f"{terms.min_items} items or more") if terms.min_items else None


def _paid(terms: Terms) -> Words | None:
    if not terms.min_paid_fen:
        return None
    yuan = amount_of(terms.min_paid_fen)
    return Words(f"满 {yuan} 元", f"¥{yuan} or more")


def _limits(terms: Terms) -> list[Words]:
    caps = (
        (terms.cap_per_bill, "每笔", "a purchase"),
        (terms.cap_per_day, "每天", "a day"),
        (terms.cap_per_member, "累计", "in all"),
    )
    found = [Words(f"{zh}最多 {cap}", f"at most {cap} {en}") for cap, zh, en in caps if cap]
    if terms.pending_days:
        found.append(
            Words(f"{terms.pending_days} 天后可用", f"ready to spend after {counted(terms.pending_days, 'day')}")
        )
    if terms.expiry:
        found.append(lifetime(terms.expiry))
    return found


_UNITS: Final = {"D": ("天", "day"), "M": ("个月", "month"), "Y": ("年", "year")}
_PERIODS: Final = {"month": ("月底", "month"), "quarter": ("季度末", "quarter"), "year": ("年底", "year")}


def lifetime(expiry: str) -> Words:
    """How long points live, from expiry terms as stored (`12M@year`, `2027-12-31`, `never`)."""
    if expiry == "never":
        return Words("永久有效", "they never expire")
    span, _, period = expiry.partition("@")
    if span[-1] not in _UNITS:
        return Words(f"有效期至 {expiry}", f"valid through {expiry}")
    zh, en = _UNITS[span[-1]]
    count = int(span[:-1])
    if not period:
        return Words(f"自获得起 {count} {zh}内有效", f"valid for {counted(count, en)} from the day they are earned")
    end_zh, end_en = _PERIODS[period]
    return Words(
        f"自获得起 {count} {zh}，延至当{end_zh}",
        f"valid for {counted(count, en)}, then to the end of that {end_en}",
    )
