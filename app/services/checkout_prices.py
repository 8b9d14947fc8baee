"""What a bill comes to: coupons and the tier's discount as the stacking rules say, then points, line by line to the fen."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.rules import points_payment
from app.rules.coupon_effect import spread
from app.rules.coupon_terms import Terms
from app.rules.earning_conditions import Line
from app.rules.points_payment import Payment
from app.rules.stacking import Plan
from app.services.checkout_bills import Judged
from app.services.purchases_bills import BillLine


@dataclass(frozen=True, kw_only=True, slots=True)
class Priced:
    """A bill with everything taken off. `lines` sum to what is paid in money."""

    plan: Plan
    points: Payment
    lines: tuple[Line, ...]

    @property
    def tier_fen(self) -> int:
        """The tier's discount."""
        return self.plan.tier_discount_fen

    @property
    def coupon_fen(self) -> int:
        """What the coupons took off."""
        return self.plan.total_discount_fen - self.plan.tier_discount_fen

    @property
    def payable_fen(self) -> int:
        """What is left to pay in money."""
        return self.plan.payable_fen - self.points.fen


def price(plan: Plan, terms: Sequence[Terms], judged: Judged, *, points: int) -> Priced:
    """Let points pay for what the plan left. Raises PointsNotAccepted."""
    payment = points_payment.pay(
        points, left_fen=plan.payable_fen, price=judged.points_price, forbidden=forbids_points(terms)
    )
    return Priced(plan=plan, points=payment, lines=_after_points(plan.lines_after, payment.fen))


def most_points(plan: Plan, terms: Sequence[Terms], judged: Judged, *, spendable: int) -> Payment:
    """The most that points could pay of what the plan left."""
    if forbids_points(terms):
        return Payment()
    return points_payment.most(plan.payable_fen, spendable=spendable, price=judged.points_price)


def forbids_points(terms: Sequence[Terms]) -> bool:
    """Whether a coupon of the bill keeps points away from it."""
    return not all(one.with_points for one in terms)


def paid_lines(priced: Priced) -> list[BillLine]:
    """The bill's lines as they are paid."""
    return [
        BillLine(amount_fen=line.amount_fen, quantity=line.quantity, sku=line.sku, category=line.category)
        for line in priced.lines
    ]


def _after_points(lines: tuple[Line, ...], points_fen: int) -> tuple[Line, ...]:
    """Points pay for every line in proportion, as a discount on the whole bill does: what is earned follows the lines."""
    if not points_fen:
        return lines
    shares = spread(points_fen, [line.amount_fen for line in lines])
    return tuple(replace(line, amount_fen=line.amount_fen - share) for line, share in zip(lines, shares, strict=True))
