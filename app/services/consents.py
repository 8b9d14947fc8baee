"""What members agreed to: one append-only row per decision and document version, marketing apart from membership."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select

from app.errors import ConsentMissing, NotFound
from app.extensions import db
from app.models import Consent, Member
from app.services import pending_messages, programmes

PURPOSES = ("membership", "marketing")


@dataclass(frozen=True, slots=True)
class Standing:
    """A member's will on one purpose now; `granted` is None before any decision."""

    purpose: str
    granted: bool | None
    document_version: str | None
    current_version: str
    recorded_at: datetime | None


def current_version(purpose: str) -> str:
    """The document version in force."""
    programme = programmes.get()
    return programme.membership_terms_version if purpose == "membership" else programme.marketing_terms_version


def require_membership(document_version: str | None) -> None:
    """Refuse an enrolment without consent to the document in force. Raises ConsentMissing(document_version=current)."""
    _require_current("membership", document_version)


def record(
    member: Member, *, purpose: str, granted: bool, document_version: str, channel: str, now: datetime
) -> Consent:
    """Append one decision and keep the member's marketing switch in step; withdrawn, what is on its way is stopped."""
    consent = Consent(
        member_id=member.id,
        purpose=purpose,
        document_version=document_version,
        granted=granted,
        channel=channel,
        recorded_at=now,
    )
    db.session.add(consent)
    if purpose == "marketing":
        was_granted, member.marketing_consent = member.marketing_consent, granted
        if was_granted and not granted:
            pending_messages.stop(member.id, now=now)
    return consent


def decide_marketing(member_id: int, *, granted: bool, document_version: str, channel: str, now: datetime) -> Standing:
    """Give or withdraw marketing consent, each in one call; the same decision again adds no row.

    Giving needs the document in force (ConsentMissing); withdrawing is accepted with any version.
    """
    if granted:
        _require_current("marketing", document_version)
    # Two taps at once become two decisions in an order, not two copies of one.
    member = db.session.scalar(
        select(Member).where(Member.id == member_id, Member.status == "active").with_for_update(key_share=True)
    )
    if member is None:
        raise NotFound(kind="member")
    latest = find_latest(member_id, "marketing")
    repeated = latest is not None and latest.granted == granted
    if not repeated or (granted and latest is not None and latest.document_version != document_version):
        record(
            member, purpose="marketing", granted=granted, document_version=document_version, channel=channel, now=now
        )
        db.session.flush()  # the standing below reads it
    return standing(member_id, "marketing")


def find_latest(member_id: int, purpose: str) -> Consent | None:
    """The decision that counts; served by ix_consent_member_id_purpose_id."""
    return db.session.scalar(
        select(Consent)
        .where(Consent.member_id == member_id, Consent.purpose == purpose)
        .order_by(Consent.id.desc())
        .limit(1)
    )


def standing(member_id: int, purpose: str) -> Standing:
    """What a member wants now, next to the document in force."""
    latest = find_latest(member_id, purpose)
    return Standing(
        purpose=purpose,
        granted=None if latest is None else latest.granted,
        document_version=None if latest is None else latest.document_version,
        current_version=current_version(purpose),
        recorded_at=None if latest is None else latest.recorded_at,
    )


def list_standings(member_id: int) -> list[Standing]:
    """One standing per purpose."""
    return [standing(member_id, purpose) for purpose in PURPOSES]


def list_history(member_id: int) -> Sequence[Consent]:
    """Every decision, oldest first, also those of members merged into this one (their rows stay where they were made)."""
    return db.session.scalars(
        select(Consent)
        .join(Member, Member.id == Consent.member_id)
        .where(or_(Member.id == member_id, Member.merged_into_id == member_id))
        .order_by(Consent.recorded_at, Consent.id)
    ).all()


def carry_over(*, merged_id: int, kept: Member, now: datetime) -> None:
    """After a merge the later decision of the two counts; it is appended when the kept member's own was older.

    A tie counts as not granted.
    """
    for purpose in PURPOSES:
        theirs, own = find_latest(merged_id, purpose), find_latest(kept.id, purpose)
        if theirs is None or (own is not None and not _overrides(theirs, own)):
            continue
        record(
            kept,
            purpose=purpose,
            granted=theirs.granted,
            document_version=theirs.document_version,
            channel="merge",
            now=now,
        )


def _overrides(theirs: Consent, own: Consent) -> bool:
    if theirs.granted == own.granted:
        return False
    if theirs.recorded_at == own.recorded_at:
        return not theirs.granted
    return theirs.recorded_at > own.recorded_at


def _require_current(purpose: str, document_version: str | None) -> None:
    current = current_version(purpose)
    if document_version != current:
        raise ConsentMissing(purpose=purpose, document_version=current)
