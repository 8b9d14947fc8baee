"""Coupon templates: the terms a marketer writes once and prints batches of."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.actor import Actor
from app.database_errors import constraint_name
from app.errors import InvalidInput, NameTaken, NotFound
from app.extensions import db
from app.models import CouponTemplate, Store
from app.paging import Page, cut
from app.rules.coupon_one_off import Terms
from app.services import audit, wallet


def create(
    *,
    name: str,
    value_fen: int,
    min_spend_fen: int,
    valid_days: int,
    store_public_ids: Sequence[uuid.UUID],
    actor: Actor,
    now: datetime,
) -> CouponTemplate:
    """Write the terms: `value_fen` off a bill of at least `min_spend_fen`; no stores given = every store.

    Raises InvalidInput when it could pay out more than the bill or names an unknown store, NameTaken.
    """
    if value_fen > min_spend_fen:
        raise InvalidInput(fields={"json.min_spend_fen": ["must be at least value_fen"]})
    template = CouponTemplate(
        name=name,
        value_fen=value_fen,
        min_spend_fen=min_spend_fen,
        valid_days=valid_days,
        store_ids=_store_ids(store_public_ids),
        created_at=now,
    )
    try:
        with db.session.begin_nested():
            db.session.add(template)
    except IntegrityError as error:
        if constraint_name(error) == "uq_coupon_template_name":
            raise NameTaken(name=name) from error
        raise
    audit.record(
        "coupon_template.create",
        actor=actor,
        object_kind="coupon_template",
        object_id=template.id,
        details={"name": name, "value_fen": value_fen, "min_spend_fen": min_spend_fen, "valid_days": valid_days},
        now=now,
    )
    return template


def get_by_public_id(public_id: uuid.UUID) -> CouponTemplate:
    """Raises NotFound."""
    template = db.session.scalar(select(CouponTemplate).where(CouponTemplate.public_id == public_id))
    if template is None:
        raise NotFound(kind="coupon_template")
    return template


def list_templates(*, after: tuple[int] | None, limit: int) -> Page[CouponTemplate]:
    """Newest first; `after` is the id of the last row seen."""
    query = select(CouponTemplate).order_by(CouponTemplate.id.desc()).limit(limit + 1)
    if after is not None:
        query = query.where(CouponTemplate.id < after[0])
    return cut(db.session.scalars(query).all(), limit, lambda template: (template.id,))


def terms_of(template: CouponTemplate) -> Terms:
    """The terms in the form that can say itself in words."""
    return Terms(
        value_fen=template.value_fen,
        min_spend_fen=template.min_spend_fen,
        store_names=wallet.store_names(template.store_ids),
        valid_days=template.valid_days,
    )


def store_public_ids(template: CouponTemplate) -> list[uuid.UUID]:
    """The stores it is limited to, as others may know them."""
    if not template.store_ids:
        return []
    return list(db.session.scalars(select(Store.public_id).where(Store.id.in_(template.store_ids)).order_by(Store.id)))


def _store_ids(public_ids: Sequence[uuid.UUID]) -> list[int]:
    wanted = set(public_ids)
    found = list(db.session.scalars(select(Store.id).where(Store.public_id.in_(wanted)))) if wanted else []
    if len(found) != len(wanted):
        raise InvalidInput(fields={"json.store_ids": ["names a store that does not exist"]})
    return sorted(found)
