"""A nonce is good once: the database refuses the second use, whoever sends it."""

from datetime import datetime

from app.errors import NonceReused
from app.extensions import db
from app.statements import partners as statements


def use(partner_key_id: int, nonce: str, *, now: datetime) -> None:
    """Consume a nonce. Raises NonceReused when this key has used it already."""
    values = {"key": partner_key_id, "nonce": nonce, "now": now}
    if db.session.execute(statements.USE_NONCE, values).one_or_none() is None:
        raise NonceReused
