"""Pre-flights on the wire."""

from blueprints.schemas.base import Instant, Out


class CostOut(Out):
    """At most: what is not opened or used costs less. Points at the programme's price."""

    messages_fen: int
    coupons: int
    coupons_fen: int
    points: int
    points_fen: int
    total_fen: int


class PreflightOut(Out):
    """targeted = Σ holdout + Σ unreachable + capped + reachable; reachable = send_now + send_later (quiet hours).

    warnings: texts_do_not_fit · template_disabled · nobody_targeted · nobody_reachable · coupons_short · takes_too_long ·
    few_reachable."""

    targeted: int
    # global · campaign
    holdout: dict[str, int]
    unreachable: dict[str, int]
    capped: int
    reachable: int
    send_now: int
    send_later: int
    starts_at: Instant
    # Null: longer than sixty days.
    finishes_at: Instant | None
    sends_per_second: int
    cost: CostOut
    # {"thing1": "too_long_or_wrong_type"}
    field_problems: dict[str, str]
    warnings: list[str]
