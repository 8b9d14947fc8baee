"""What a bill would come to: each coupon explained, the best set proposed, the chosen set priced and held for the visit."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from app.actor import Actor
from app.errors import InsufficientPoints, LoyaltyError, Unavailable
from app.plain_statements import Plain, fetch_each
from app.rules import stacking
from app.rules.points_payment import Payment
from app.services import (
    checkout_bills,
    checkout_coupons,
    checkout_prices,
    clerks,
    coupon_holds,
    points,
    programmes,
    visits,
    wallet,
)
from app.services.calendars import Calendar
from app.services.checkout_bills import Judged, RungUp
from app.services.checkout_coupons import Laid
from app.services.checkout_prices import Priced
from app.services.visits import OpenVisit
from app.services.wallet import HeldCoupon


@dataclass(frozen=True, kw_only=True, slots=True)
class Explained:
    """A coupon of the member's, alone on the bill: why not, or what it saves (below zero when it costs the tier's discount)."""

    coupon: HeldCoupon
    refusal: LoyaltyError | None
    saves_fen: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """A set of coupons priced on the bill, in the order they are applied, and the most that points could pay then."""

    coupons: tuple[uuid.UUID, ...]
    priced: Priced
    most_points: Payment


@dataclass(frozen=True, kw_only=True, slots=True)
class Quote:
    """`chosen` is None when no set was named; `held_until` when nothing is held."""

    visit: OpenVisit
    explained: Sequence[Explained]
    best: Choice
    chosen: Choice | None
    held_until: datetime | None
    spendable: int


def quote(
    visit_public_id: uuid.UUID,
    rung_up: RungUp,
    *,
    coupon_ids: Sequence[uuid.UUID] | None,
    pay_points: int,
    actor: Actor,
    now: datetime,
) -> Quote:
    """Explain the member's coupons on this bill and propose the best set; price and hold exactly the chosen ones, if named.

    A new quote of the visit moves the hold. Nothing is used up. Raises what `checkouts.settle` raises for the chosen set, and
    VisitEnded, NotFound, LinesDoNotAddUp.
    """
    clerk = clerks.at_counter(actor)
    visit = visits.get_open(visit_public_id, staff=clerk, now=now, locked=coupon_ids is not None)
    # What a hold changes is no reason for or against a coupon: its own visit may use it before as after.
    *coupons, found, programme, free, carried = fetch_each(
        *checkout_coupons.looks(visit.member_id, coupon_ids or ()),
        *proposing_looks(rung_up, member_id=visit.member_id, store_id=visit.store_id, now=now),
    )
    settings = programmes.get_looked(programme)
    judged = checkout_bills.judge(rung_up, found, settings, store_id=visit.store_id, now=now)
    spendable = int(free[0].points)
    chosen, held_until = None, None
    if coupon_ids is not None:
        laid = checkout_coupons.chosen(coupons, coupon_ids, visit_id=visit.id, now=now)
        chosen = _choice(laid, judged, pay_points=pay_points, spendable=spendable)
        held_until = coupon_holds.hold(visit, coupon_ids, now=now)
    calendar = Calendar(settings.zone, settings.cut_over_hour)
    return replace(
        _explained(visit, carried, judged, spendable=spendable, calendar=calendar, now=now),
        chosen=chosen,
        held_until=held_until,
    )


def proposing_looks(rung_up: RungUp, *, member_id: int, store_id: int, now: datetime) -> tuple[Plain, ...]:
    """The statements that ask for everything a quote without chosen coupons is made of; `proposed` reads their rows."""
    return (
        *checkout_bills.looks(rung_up, member_id=member_id, store_id=store_id),
        points.spendable_look(member_id, now=now),
        wallet.counter_look(member_id, store_id=store_id, now=now),
    )


def proposed(visit: OpenVisit, rung_up: RungUp, found: Sequence[Sequence[Any]], *, now: datetime) -> Quote:
    """As `quote` without chosen coupons, for a visit just opened. Raises LinesDoNotAddUp, NotFound, Unavailable."""
    facts, programme, free, carried = found
    if not programme:
        raise Unavailable(reason="not_initialised", retry_after_seconds=60)
    settings = programme[0]
    judged = checkout_bills.judge(rung_up, facts, settings, store_id=visit.store_id, now=now)
    calendar = Calendar(settings.zone, settings.cut_over_hour)
    return _explained(visit, carried, judged, spendable=int(free[0].points), calendar=calendar, now=now)


def _explained(
    visit: OpenVisit, carried: Sequence[Any], judged: Judged, *, spendable: int, calendar: Calendar, now: datetime
) -> Quote:
    held = wallet.held_all([row._asdict() for row in carried], now=now, calendar=calendar)
    laid = {one.id: checkout_coupons.of_wallet(one, visit_id=visit.id, now=now) for one in held}
    return Quote(
        visit=visit,
        explained=_explain(held, laid, judged),
        best=_best(list(laid.values()), judged, spendable=spendable),
        chosen=None,
        held_until=None,
        spendable=spendable,
    )


def _explain(held: Sequence[HeldCoupon], laid: dict[int, Laid], judged: Judged) -> list[Explained]:
    usable = [one.candidate for one in laid.values() if one.refusal is None]
    alone = {one.key: one for one in stacking.explain(usable, judged.bill, judged.policy)}
    told = []
    for coupon in held:
        refusal, saves = laid[coupon.id].refusal, 0
        if refusal is None:
            refusal, saves = alone[coupon.id].refusal, alone[coupon.id].saves_fen
        told.append(Explained(coupon=coupon, refusal=refusal, saves_fen=saves))
    return told


def _best(laid: Sequence[Laid], judged: Judged, *, spendable: int) -> Choice:
    usable = {one.id: one for one in laid if one.refusal is None}
    plan = stacking.best([one.candidate for one in usable.values()], judged.bill, judged.policy)
    terms = [usable[applied.key].terms for applied in plan.applied]
    return Choice(
        coupons=tuple(usable[applied.key].public_id for applied in plan.applied),
        priced=checkout_prices.price(plan, terms, judged, points=0),
        most_points=checkout_prices.most_points(plan, terms, judged, spendable=spendable),
    )


def _choice(laid: Sequence[Laid], judged: Judged, *, pay_points: int, spendable: int) -> Choice:
    plan = checkout_coupons.apply(laid, judged)
    names, terms = {one.id: one.public_id for one in laid}, [one.terms for one in laid]
    priced = checkout_prices.price(plan, terms, judged, points=pay_points)
    if priced.points.points > spendable:
        raise InsufficientPoints(available=spendable, requested=priced.points.points)
    return Choice(
        coupons=tuple(names[applied.key] for applied in plan.applied),
        priced=priced,
        most_points=checkout_prices.most_points(plan, terms, judged, spendable=spendable),
    )
