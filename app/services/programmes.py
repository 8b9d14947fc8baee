"""The programme's settings and its calendar."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm.util import identity_key

from app import clock
from app.actor import Actor
from app.errors import Unavailable
from app.extensions import db
from app.models import Programme
from app.models.types import from_columns
from app.plain_statements import Plain
from app.rules import expiry_terms, lifecycle
from app.services import audit
from app.statements import programme as statements
from app.stored_rows import known


def get() -> Programme:
    """The one settings row. Raises Unavailable before `flask init` has written it."""
    return _held(db.session.get(Programme, 1))


def look() -> Plain:
    """The statement that asks for it, to travel with others; `get_looked` reads its rows."""
    return statements.PROGRAMME, {}


def get_looked(rows: Sequence[Any]) -> Programme:
    """As `get`, from the rows of `look`."""
    programme = db.session.identity_map.get(identity_key(Programme, 1))
    if programme is None and rows:
        programme = known(from_columns(Programme, rows[0]._asdict(), prefix=""))
    return _held(programme)


def _held(programme: Programme | None) -> Programme:
    if programme is None:
        raise Unavailable(reason="not_initialised", retry_after_seconds=60)
    # The session forgets rows nobody holds: read once a transaction, not once a call.
    db.session.info["programme"] = programme
    return programme


def business_date(now: datetime) -> date:
    """The shop's date at `now`, by its zone and cut-over hour."""
    programme = get()
    return clock.business_date(now, zone=programme.zone, cut_over_hour=programme.cut_over_hour)


def update(changes: dict[str, Any], *, actor: Actor, now: datetime) -> Programme:
    """Change settings; the audit row keeps what was before. Raises ExpiryTermsInvalid, LifecycleInvalid."""
    programme = get()
    if "points_expiry" in changes:
        # Terms nobody can read would stop every earning.
        expiry_terms.parse_new(changes["points_expiry"], today=business_date(now))
    if "lifecycle" in changes:
        lifecycle.parse(changes["lifecycle"])
    before = {key: getattr(programme, key) for key in changes}
    for key, value in changes.items():
        setattr(programme, key, value)
    programme.updated_at = now
    audit.record(
        "programme.update",
        actor=actor,
        object_kind="programme",
        object_id=1,
        details={"before": before, "after": changes},
        now=now,
    )
    return programme
