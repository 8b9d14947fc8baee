"""What claims, scans and redemptions need of a filled shop: a hot batch and many cold ones, clerks at a counter, member codes."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

import psycopg

from app.actor import Actor
from app.extensions import db
from app.gateways.vault import Vault, token_hash
from app.models.types import new_public_id
from app.rules import member_code
from app.services import coupon_batches, coupon_templates, member_codes, sessions, staff, stores
from app.transaction import transaction
from app.wiring import parts
from benchmarks.place import Place, Shop

# Nobody is to find a batch empty: what is measured is giving, not refusing.
STOCK: Final = 1_000_000
MANY: Final = 64
CLERKS: Final = 16
# Every device draws with a secret of its own; what is computed is the same for all.
SECRET: Final = b"bench: a shared secret"[:20]
_MADE_BY: Final = Actor.system()


@dataclass(frozen=True)
class Clerk:
    """A person at the counter and the token they are signed in with."""

    id: int
    token: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Counter:
    """Public ids of batches, and who works where."""

    hot: str
    hot_id: int
    many: tuple[str, ...]
    store_id: int
    clerks: tuple[Clerk, ...]

    def clerk(self, number: int) -> Clerk:
        """They take turns."""
        return self.clerks[number % len(self.clerks)]


def open_counter(place: Place, shop: Shop, *, codes: int) -> Counter:
    """Print the batches, sign the clerks in, and give the first `codes` members a secret to draw codes with."""
    app = place.application(shop.owner_url)
    with app.app_context():
        with transaction():
            counter = _open(datetime.now(UTC))
        vault = parts().vault
        db.session.remove()
        db.engine.dispose()
    _give_secrets(shop, vault, count=codes)
    return counter


def draw(member_id: int, *, at: datetime) -> str:
    """The code a member's device shows."""
    return member_code.draw(_number(member_id), SECRET, step=member_code.step_at(at))


def _open(now: datetime) -> Counter:
    terms = {"kind": "amount_off", "value_fen": 1000, "min_spend_fen": 5000, "valid_days": 30}
    template = coupon_templates.create(name="满50减10", terms=terms, actor=_MADE_BY, now=now)
    batches = [
        coupon_batches.create(
            template_public_id=template.public_id,
            name=f"bench {number}",
            how="claim",
            stock=STOCK,
            budget_fen=STOCK * template.worth_fen,
            per_member_limit=1,
            claim_starts_at=now - timedelta(days=1),
            claim_ends_at=now + timedelta(days=1),
            actor=_MADE_BY,
            now=now,
        )
        for number in range(MANY + 1)
    ]
    store = stores.create(code="bench", name="测试店", actor=_MADE_BY, now=now)
    return Counter(
        hot=str(batches[0].public_id),
        hot_id=batches[0].id,
        many=tuple(str(batch.public_id) for batch in batches[1:]),
        store_id=store.id,
        clerks=tuple(_sign_in(number, store.id, now=now) for number in range(CLERKS)),
    )


def _sign_in(number: int, store_id: int, *, now: datetime) -> Clerk:
    person = staff.create(
        login=f"bench-{number}",
        display_name=f"店员{number}",
        role="clerk",
        # Nobody signs in with a password here.
        password_hash=str(new_public_id()),
        store_ids=[stores.get(store_id).public_id],
        actor=_MADE_BY,
        now=now,
    ).person
    token = f"bench-clerk-{number}"
    sessions.open_for_staff(
        person.id, store_id=store_id, token_hash=token_hash(token), lifetime=timedelta(days=1), now=now
    )
    return Clerk(person.id, token)


def _give_secrets(shop: Shop, vault: Vault, *, count: int) -> None:
    ids = range(1, count + 1)
    ciphers = [member_codes.seal(_number(member_id), SECRET, vault=vault) for member_id in ids]
    with psycopg.connect(shop.owner_url) as connection:
        connection.execute(
            "UPDATE member SET code_secret_cipher = given.cipher"
            " FROM unnest(%s::bigint[], %s::bytea[]) AS given(id, cipher) WHERE member.id = given.id",
            (list(ids), ciphers),
        )


def _number(member_id: int) -> str:
    return str(member_id).zfill(member_code.NUMBER_DIGITS)
