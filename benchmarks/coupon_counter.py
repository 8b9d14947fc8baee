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
from app.services import coupon_batches, coupon_templates, member_codes, programmes, sessions, staff, stores
from app.transaction import transaction
from app.wiring import parts
from benchmarks.place import Place, Shop

# Nobody is to find a batch empty: what is measured is giving, not refusing.
STOCK: Final = 1_000_000
MANY: Final = 64
# More than ever scan at once: no two connections are the same person, as no two are in the floor.
CLERKS: Final = 64
# Every device draws with a secret of its own; what is computed is the same for all.
SECRET: Final = b"bench: a shared secret"[:20]
_MADE_BY: Final = Actor.system()
_COUPON_PREFIX: Final = "01920005-0000-7000-8000-"
_VISIT_PREFIX: Final = "01920006-0000-7000-8000-"

# A copy in everybody's wallet, taken from the buckets in turn.
_COUPONS: Final = f"""
    INSERT INTO coupon (member_id, public_id, batch_id, bucket_no, template_id, family_id, life_limit, per_member_limit,
                        per_day_limit, slot, issued_on, status, value_fen, uses, source, issued_at, usable_from, expires_at)
    SELECT m, ('{_COUPON_PREFIX}' || lpad(to_hex(m), 12, '0'))::uuid, k.batch_id, k.no, k.template_id, k.family_id,
           k.life_limit, k.per_member_limit, k.per_day_limit, 1, current_date, 'active', t.value_fen, t.uses, 'bench', now(),
           now(), now() + interval '30 days'
      FROM generate_series(1, %(members)s::bigint) AS m
      JOIN coupon_batch AS b ON b.id = %(batch)s
      JOIN coupon_bucket AS k ON k.batch_id = b.id AND k.no = m %% b.buckets
      JOIN coupon_template AS t ON t.id = k.template_id
"""  # noqa: S608 constants of ours
_COUNT: Final = """
    UPDATE coupon_bucket AS k SET issued = given.n, committed_fen = given.fen
      FROM (SELECT bucket_no, count(*) AS n, sum(value_fen * uses) AS fen FROM coupon WHERE batch_id = %(batch)s
             GROUP BY bucket_no) AS given
     WHERE k.batch_id = %(batch)s AND k.no = given.bucket_no
"""
# Scanned already, by a step no device draws any more.
_VISITS: Final = f"""
    INSERT INTO counter_visit (public_id, member_id, code_step, store_id, staff_id, opened_at, expires_at)
    SELECT ('{_VISIT_PREFIX}' || lpad(to_hex(m), 12, '0'))::uuid, m, 0, %(store)s, %(first_clerk)s + m %% %(clerks)s, now(),
           now() + interval '1 day'
      FROM generate_series(1, %(members)s::bigint) AS m
"""  # noqa: S608 constants of ours


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
    # Of this one everybody has a copy already.
    given_id: int
    store_id: int
    clerks: tuple[Clerk, ...]

    def clerk(self, member_id: int) -> Clerk:
        """Who serves a member: they take turns."""
        return self.clerks[member_id % len(self.clerks)]


def open_counter(place: Place, shop: Shop, *, members: int) -> Counter:
    """Print the batches and sign the clerks in; the first `members` get a secret to draw codes with, a coupon and a visit."""
    app = place.application(shop.owner_url)
    with app.app_context():
        with transaction():
            # A few clerks do the work of hundreds.
            programme = programmes.get()
            programme.clerk_redeems_per_day, programme.clerk_discount_fen_per_day = 1_000_000, 1_000_000_000
            counter = _open(datetime.now(UTC))
        vault = parts().vault
        db.session.remove()
        db.engine.dispose()
    _give_secrets(shop, vault, count=members)
    with psycopg.connect(shop.owner_url) as connection:
        values = {"members": members, "batch": counter.given_id, "store": counter.store_id}
        for statement in (_COUPONS, _COUNT, _VISITS):
            connection.execute(statement, {**values, "first_clerk": counter.clerks[0].id, "clerks": CLERKS})
    with psycopg.connect(shop.owner_url, autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE) coupon, coupon_bucket, counter_visit, member")
    return counter


def coupon_id(member_id: int) -> str:
    """The public id of a member's copy."""
    return f"{_COUPON_PREFIX}{member_id:012x}"


def visit_id(member_id: int) -> str:
    """The public id of a member's visit."""
    return f"{_VISIT_PREFIX}{member_id:012x}"


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
        for number in range(MANY + 2)
    ]
    store = stores.create(code="bench", name="测试店", actor=_MADE_BY, now=now)
    return Counter(
        hot=str(batches[0].public_id),
        hot_id=batches[0].id,
        many=tuple(str(batch.public_id) for batch in batches[1:-1]),
        given_id=batches[-1].id,
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
