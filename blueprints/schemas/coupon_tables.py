"""Reports of coupons as tables: headings in the language asked for, a row a line."""

from collections.abc import Iterable, Iterator

from app import messages
from app.services.counter_reports import AtCounter, Reason
from app.services.coupon_reports import Costed, CouponFigures, Reward
from blueprints.csv_out import Cell
from blueprints.schemas.coupons import in_english

_FIGURES = (
    ("发放", "Issued"),
    ("发放方式", "By way"),
    ("已用张数", "Used"),
    ("使用率（万分之）", "Used (bp)"),
    ("可用", "Active"),
    ("已用完", "Used up"),
    ("已过期", "Expired"),
    ("已作废", "Revoked"),
    ("核销次数", "Redemptions"),
    ("退回次数", "Given back"),
    ("优惠（分）", "Discount (fen)"),
    ("成本（分）", "Cost (fen)"),
    ("承担方承担（分）", "Payers' part (fen)"),
    ("门店承担（分）", "Shop's part (fen)"),
)
_BUDGET = (
    ("预算（分）", "Budget (fen)"),
    ("已占用预算（分）", "Committed (fen)"),
    ("累计成本（分）", "Spent so far (fen)"),
    ("成本占预算（万分之）", "Spent (bp)"),
)
_BATCH = (("批次", "Batch"), ("券", "Coupon"), ("状态", "Status"), ("承担方", "Payer"))
_FAMILY = (("券", "Coupon"), ("批次数", "Batches"))
_COUNTER = (
    ("核销次数", "Redemptions"),
    ("撤销次数", "Undone"),
    ("退款退回次数", "Returned by refund"),
    ("拒绝次数", "Refused"),
    ("优惠（分）", "Discount (fen)"),
    ("成本（分）", "Cost (fen)"),
)
_REFUSALS = (
    ("原因", "Reason"),
    ("说明", "What people were told"),
    ("次数", "Times"),
    ("门店数", "Stores"),
    ("店员数", "People"),
)
_STATUS = {"active": ("进行中", "Active"), "paused": ("已暂停", "Paused"), "closed": ("已关闭", "Closed")}

Words = Iterable[tuple[str, str]]


def batch_header() -> list[str]:
    """Of batches."""
    return _said((*_BATCH, *_FIGURES, *_BUDGET))


def batch_rows(batches: Iterable[Costed]) -> Iterator[list[Cell]]:
    """A row a batch."""
    for one in batches:
        status = _STATUS[one.status or "active"][in_english()]
        yield [one.name, one.coupon, status, one.payer, *_figures(one.figures), *_budget(one)]


def family_header() -> list[str]:
    """Of template families."""
    return _said((*_FAMILY, *_FIGURES, *_BUDGET))


def family_rows(families: Iterable[Costed]) -> Iterator[list[Cell]]:
    """A row a family."""
    for one in families:
        yield [one.name, one.batches, *_figures(one.figures), *_budget(one)]


def reward_header() -> list[str]:
    """Of the most used."""
    return _said((("券", "Coupon"), *_FIGURES))


def reward_rows(rewards: Iterable[Reward]) -> Iterator[list[Cell]]:
    """A row a family, most used first."""
    for one in rewards:
        yield [one.name, *_figures(one.figures)]


def store_header() -> list[str]:
    """Of stores."""
    return _said((("门店", "Store"), *_COUNTER))


def clerk_header() -> list[str]:
    """Of people."""
    return _said((("店员", "Person"), *_COUNTER))


def counter_rows(rows: Iterable[AtCounter]) -> Iterator[list[Cell]]:
    """A row a store or person."""
    for at in rows:
        yield [at.name, at.redemptions, at.undone, at.returned, at.refused, at.discount_fen, at.cost_fen]


def refusal_header() -> list[str]:
    """Of refusals."""
    return _said(_REFUSALS)


def refusal_rows(reasons: Iterable[Reason]) -> Iterator[list[Cell]]:
    """A row a reason."""
    for one in reasons:
        yield [one.reason, messages.text_for(one.reason, {}), one.times, one.stores, one.people]


def _said(words: Words) -> list[str]:
    english = in_english()
    return [pair[english] for pair in words]


def _figures(figures: CouponFigures) -> list[Cell]:
    ways = " ".join(f"{way}:{times}" for way, times in sorted(figures.by_way.items()))
    return [
        figures.issued,
        ways,
        figures.used,
        figures.used_bp,
        figures.active,
        figures.used_up,
        figures.expired,
        figures.revoked,
        figures.redemptions,
        figures.given_back,
        figures.discount_fen,
        figures.cost_fen,
        figures.payer_fen,
        figures.shop_fen,
    ]


def _budget(one: Costed) -> list[Cell]:
    return [one.budget_fen, one.committed_fen, one.spent_fen, one.spent_bp]
