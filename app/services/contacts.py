"""E-mail addresses of members: proven by a code sent to them, kept encrypted like phones, one member per address (I15)."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from app.actor import Actor
from app.errors import ContactTaken, EmailInvalid
from app.extensions import db
from app.models import ContactCode, MemberContact
from app.rules import email_address
from app.services import audit, merges
from app.services.phones import Sealer

EMAIL: Final = "email"
CODE_DIGITS: Final = 6
CODE_LIFE: Final = timedelta(minutes=15)
MOST_TRIES: Final = 5

# wrong: may be tried again · gone: none is waiting, or its time or its tries are over.
Proof = Literal["proven", "wrong", "gone"]


@dataclass(frozen=True, slots=True)
class Sealed:
    """What the database gets of an address."""

    index: bytes = field(repr=False)
    cipher: bytes = field(repr=False)
    masked: str


def cipher_context(kind: str, index: bytes) -> str:
    """Ties a cipher to the index beside it, wherever a merge moves the two."""
    return f"member.{kind}:{index.hex()}"


def seal(written: str, *, vault: Sealer) -> Sealed:
    """Prepare an address for keeping. Raises EmailInvalid."""
    address = email_address.parse(written)
    if address is None:
        raise EmailInvalid
    index = vault.blind_index(email_address.key_of(address), purpose="member.email")
    cipher = vault.encrypt(address, context=cipher_context(EMAIL, index))
    return Sealed(index=index, cipher=cipher, masked=email_address.mask(address))


def new_code() -> str:
    """Digits for a person to copy from a letter."""
    return f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"


def ask(member_id: int, sealed: Sealed, *, code_hash: bytes, now: datetime) -> ContactCode:
    """Note the code that is about to be sent; an earlier one is void. Nothing tells whether the address is somebody's."""
    values = {
        "value_cipher": sealed.cipher,
        "value_index": sealed.index,
        "masked": sealed.masked,
        "code_hash": code_hash,
        "tries": 0,
        "expires_at": now + CODE_LIFE,
    }
    return db.session.scalars(
        insert(ContactCode)
        .values(member_id=member_id, kind=EMAIL, **values)
        .on_conflict_do_update(index_elements=["member_id", "kind"], set_=values)
        .returning(ContactCode)
        .execution_options(populate_existing=True)
    ).one()


def prove(member_id: int, *, code_hash: bytes, actor: Actor, now: datetime) -> Proof:
    """Try a code; a wrong one uses up one of five tries, which must be committed. The right one makes the address theirs.

    Raises ContactTaken when it is another member's."""
    # One statement: tries side by side each see their own number.
    waiting = db.session.scalars(
        update(ContactCode)
        .where(
            ContactCode.member_id == member_id,
            ContactCode.kind == EMAIL,
            ContactCode.tries < MOST_TRIES,
            ContactCode.expires_at > now,
        )
        .values(tries=ContactCode.tries + 1)
        .returning(ContactCode)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if waiting is None:
        return "gone"
    # Keyed hashes of equal length; the try is counted whatever the time it takes tells.
    if not secrets.compare_digest(waiting.code_hash, code_hash):
        return "wrong"
    _keep(member_id, waiting, now=now)
    db.session.delete(waiting)
    audit.record(
        "member.set_email",
        actor=actor,
        object_kind="member",
        object_id=member_id,
        details={"email": waiting.masked},
        now=now,
    )
    db.session.flush()  # what is read below and after sees it
    return "proven"


def remove(member_id: int, *, actor: Actor, now: datetime) -> bool:
    """Forget the address and any code on its way; False when there was none."""
    db.session.execute(delete(ContactCode).where(ContactCode.member_id == member_id, ContactCode.kind == EMAIL))
    masked = db.session.scalar(
        delete(MemberContact)
        .where(MemberContact.member_id == member_id, MemberContact.kind == EMAIL)
        .returning(MemberContact.masked)
    )
    if masked is None:
        return False
    audit.record(
        "member.remove_email",
        actor=actor,
        object_kind="member",
        object_id=member_id,
        details={"email": masked},
        now=now,
    )
    return True


def find(member_id: int) -> MemberContact | None:
    """The proven address."""
    return db.session.get(MemberContact, (member_id, EMAIL), populate_existing=True)


def note_refused(member_id: int, *, cipher: bytes, now: datetime) -> None:
    """The mail server knows no such box: nothing more goes to this address until it is proven anew."""
    db.session.execute(
        update(MemberContact)
        .where(
            MemberContact.member_id == merges.resolve(member_id),
            MemberContact.kind == EMAIL,
            MemberContact.value_cipher == cipher,
        )
        .values(refused_at=now)
        .execution_options(synchronize_session=False)
    )


def _keep(member_id: int, proven: ContactCode, *, now: datetime) -> None:
    values = {
        "value_cipher": proven.value_cipher,
        "value_index": proven.value_index,
        "masked": proven.masked,
        "verified_at": now,
        "refused_at": None,
    }
    holder = db.session.scalar(
        select(MemberContact.member_id).where(
            MemberContact.kind == EMAIL, MemberContact.value_index == proven.value_index
        )
    )
    if holder not in (None, member_id):
        raise ContactTaken
    db.session.execute(
        insert(MemberContact)
        .values(member_id=member_id, kind=EMAIL, **values)
        .on_conflict_do_update(index_elements=["member_id", "kind"], set_=values)
    )
