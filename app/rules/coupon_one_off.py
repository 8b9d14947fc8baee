"""What a coupon takes off, when it refuses a bill, and its terms in plain words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from app.errors import CouponExpired, CouponNotStarted, CouponNotUsable, LoyaltyError, MinimumSpendNotMet, WrongStore


@dataclass(frozen=True, kw_only=True)
class Terms:
    """Amounts in fen. Validity is `valid_days` from issue for a template, `last_day` for a coupon; no stores = all."""

    value_fen: int
    min_spend_fen: int
    store_names: Sequence[str] = ()
    valid_days: int | None = None
    last_day: date | None = None

    def describe(self, *, english: bool) -> str:
        """One line a customer understands: what it takes off, how long, where."""
        parts = _english(self) if english else _chinese(self)
        return " · ".join(part for part in parts if part)


def yuan(fen: int) -> str:
    """Fen as yuan, without needless zeros: 1000 → 10, 1050 → 10.50."""
    whole, rest = divmod(fen, 100)
    return f"{whole}.{rest:02d}" if rest else str(whole)


def refusal(
    *,
    status: str,
    usable_from: datetime,
    expires_at: datetime,
    store_ids: Sequence[int],
    min_spend_fen: int,
    now: datetime,
    store_id: int,
    bill_fen: int,
) -> LoyaltyError | None:
    """Why a coupon cannot be used for this bill, the reason nobody can mend first; None when it can."""
    if status == "expired" or (status == "active" and now >= expires_at):
        return CouponExpired(expires_at=expires_at)
    if status != "active":
        return CouponNotUsable(status=status)
    if now < usable_from:
        return CouponNotStarted(usable_from=usable_from)
    if store_ids and store_id not in store_ids:
        return WrongStore()
    if bill_fen < min_spend_fen:
        return MinimumSpendNotMet(min_spend_fen=min_spend_fen, bill_fen=bill_fen)
    return None


def _chinese(terms: Terms) -> tuple[str, ...]:
    days = f"领取后{terms.valid_days}天内有效" if terms.valid_days is not None else ""
    last = terms.last_day
    until = f"{last.year}年{last.month}月{last.day}日前有效(含当日)" if last is not None else ""
    where = f"限{'、'.join(terms.store_names)}" if terms.store_names else "全部门店"
    return f"满{yuan(terms.min_spend_fen)}元减{yuan(terms.value_fen)}元", days, until, where


def _english(terms: Terms) -> tuple[str, ...]:
    plural = "" if terms.valid_days == 1 else "s"
    days = f"valid {terms.valid_days} day{plural} after claiming" if terms.valid_days is not None else ""
    until = f"valid through {terms.last_day.isoformat()}" if terms.last_day is not None else ""
    where = f"only at {', '.join(terms.store_names)}" if terms.store_names else "all stores"
    return f"¥{yuan(terms.value_fen)} off a bill of ¥{yuan(terms.min_spend_fen)} or more", days, until, where
