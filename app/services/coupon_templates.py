"""Coupon templates: the terms a marketer writes and prints batches of. Terms never change: an edit is a new version."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import exists, func, select
from sqlalchemy.orm import aliased

from app.actor import Actor
from app.errors import CouponTermsInvalid, NotFound
from app.extensions import db
from app.models import CouponTemplate, Store, Tier
from app.models.types import new_public_id
from app.paging import Page, cut
from app.rules import coupon_terms
from app.rules.coupon_terms import Terms
from app.rules.earning_words import Names, Words
from app.services import audit, named_rows

__all__ = ["Names", "create", "get_by_public_id", "list_templates", "look", "names_of", "revise", "terms_of"]


def create(*, name: str, terms: Mapping[str, Any], actor: Actor, now: datetime) -> CouponTemplate:
    """Write the first version of a template; rules/coupon_terms.py has the grammar.

    Raises CouponTermsInvalid (also for a store or tier that does not exist), NameTaken.
    """
    public_id = new_public_id()
    return _add(public_id, family_id=public_id, version=1, name=name, terms=_parse(terms), actor=actor, now=now)


def revise(public_id: uuid.UUID, *, terms: Mapping[str, Any], actor: Actor, now: datetime) -> CouponTemplate:
    """Write the next version of a template; batches printed so far keep the one they have. The same terms again change
    nothing. Raises NotFound, CouponTermsInvalid, Conflict when somebody else was writing the next one at this moment."""
    family_id = get_by_public_id(public_id).family_id
    latest = db.session.execute(
        select(CouponTemplate)
        .where(CouponTemplate.family_id == family_id)
        .order_by(CouponTemplate.version.desc())
        .limit(1)
    ).scalar_one()
    parsed = _parse(terms)
    if parsed == terms_of(latest):
        return latest
    return _add(
        new_public_id(),
        family_id=family_id,
        version=latest.version + 1,
        name=latest.name,
        terms=parsed,
        actor=actor,
        now=now,
    )


def look(terms: Mapping[str, Any]) -> Terms:
    """Read terms nobody has saved. Raises CouponTermsInvalid (also for a store or tier that does not exist)."""
    return _parse(terms)


def get_by_public_id(public_id: uuid.UUID) -> CouponTemplate:
    """One version. Raises NotFound."""
    template = db.session.scalar(select(CouponTemplate).where(CouponTemplate.public_id == public_id))
    if template is None:
        raise NotFound(kind="coupon_template")
    return template


def list_templates(
    *, after: tuple[int] | None, limit: int, family_id: uuid.UUID | None = None, is_latest: bool = False
) -> Page[CouponTemplate]:
    """All versions, or those of one template, or the newest of each; newest first. `after` is the id of the last row seen."""
    query = select(CouponTemplate).order_by(CouponTemplate.id.desc()).limit(limit + 1)
    if after is not None:
        query = query.where(CouponTemplate.id < after[0])
    if family_id is not None:
        query = query.where(CouponTemplate.family_id == family_id)
    if is_latest:
        newer = aliased(CouponTemplate)
        query = query.where(
            ~exists().where(newer.family_id == CouponTemplate.family_id, newer.version > CouponTemplate.version)
        )
    return cut(db.session.scalars(query).all(), limit, lambda template: (template.id,))


def terms_of(template: CouponTemplate) -> Terms:
    """The terms as a value."""
    return coupon_terms.read(template.terms)


def names_of(terms: Iterable[Terms]) -> Names:
    """What the stores and tiers named in these terms are called: two queries for any number of terms."""
    stores, tiers = set[str](), set[str]()
    for one in terms:
        stores |= set(one.stores)
        tiers |= set(one.tiers)
    return Names(
        stores={code: Words(name, name) for code, name in _rows(Store.code, Store.name, codes=stores)},
        tiers={
            code: Words(name, name_en) for code, name, name_en in _rows(Tier.code, Tier.name, Tier.name_en, codes=tiers)
        },
    )


def _rows(*columns: Any, codes: set[str]) -> Sequence[Any]:
    return db.session.execute(select(*columns).where(columns[0].in_(codes))).all() if codes else ()


def _parse(written: Mapping[str, Any]) -> Terms:
    terms = coupon_terms.parse(written)
    faults = {}
    for place, column, codes in (("stores", Store.code, terms.stores), ("tiers", Tier.code, terms.tiers)):
        if codes and db.session.scalar(select(func.count()).where(column.in_(codes))) != len(codes):
            faults[place] = "unknown"
    if faults:
        raise CouponTermsInvalid(fields=faults)
    return terms


def _add(
    public_id: uuid.UUID, *, family_id: uuid.UUID, version: int, name: str, terms: Terms, actor: Actor, now: datetime
) -> CouponTemplate:
    template = CouponTemplate(
        public_id=public_id,
        family_id=family_id,
        version=version,
        name=name,
        terms=terms.as_json(),
        created_by_id=actor.id if actor.kind == "staff" else None,
        created_at=now,
    )
    named_rows.add(template, unique="uq_coupon_template_name_version")
    # The generated columns are the database's.
    db.session.refresh(template)
    audit.record(
        "coupon_template.create",
        actor=actor,
        object_kind="coupon_template",
        object_id=template.id,
        details={"name": name, "version": version, "terms": terms.as_json()},
        now=now,
    )
    return template
