"""Two members who turn out to be one person become one, and nothing is lost on the way (I15).

The older membership (smaller key) stays: it is the one with the longer history, so fewer rows move; and the choice does
not depend on who asks, so two merges of the same pair agree. docs/domain/identity.md tells what moves and what stays.
"""

from datetime import datetime

from sqlalchemy import select

from app.actor import Actor
from app.extensions import db
from app.models import Member, MemberMerge
from app.rules import badge_rules
from app.services import (
    audit,
    automation_gates,
    badges,
    campaign_benefits,
    consents,
    coupons,
    growth,
    members,
    owed_coupons,
    pending_messages,
    points,
    tier_gifts,
)
from app.services.phones import SealedPhone
from app.statements import issue_runs
from app.statements import merges as moves


def resolve(member_id: int) -> int:
    """The key of the member who stays for this one: itself, or whom it was merged into."""
    return points.kept(member_id)


def lock_accounts(*member_ids: int) -> None:
    """Lock both accounts, keys ascending, before anything else of the members."""
    for member_id in sorted(member_ids):
        points.lock_account(member_id)


def lock_members(*member_ids: int) -> dict[int, Member]:
    """Lock the member rows themselves, keys ascending, and read them as they are now."""
    rows = db.session.scalars(
        select(Member)
        .where(Member.id.in_(member_ids))
        .order_by(Member.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {member.id: member for member in rows}


def merge(
    first: Member, second: Member, *, phone: SealedPhone | None, reason: str, actor: Actor, now: datetime
) -> Member:
    """Make one member of two active ones whose accounts and rows the caller has locked; returns the one who stays.

    `phone` is the number just proven; it replaces whatever either had. None keeps the older member's, else the other's.
    """
    kept, merged = (first, second) if first.id < second.id else (second, first)
    source = f"merge:{merged.id}"
    points_moved = points.move_all(merged.id, kept.id, source=source, now=now)
    growth_moved = growth.move_all(merged.id, kept.id, source=source, now=now)
    coupons_moved = coupons.move_all(merged.id, kept.id, now=now)
    tier_gifts.move_all(merged.id, kept.id, now=now)
    owed_coupons.move_all(merged.id, kept.id, now=now)
    _unite_profiles(kept, merged, phone=phone)
    counts = _move_rows(kept, merged, source=source, now=now)
    badges.award(kept.id, facts=badge_rules.FACTS, now=now)
    consents.carry_over(merged_id=merged.id, kept=kept, now=now)
    pending_messages.stop(kept.id, now=now)
    merged.status, merged.merged_into_id = "merged", kept.id
    db.session.add(
        MemberMerge(
            kept_id=kept.id,
            merged_id=merged.id,
            reason=reason,
            points_moved=points_moved,
            growth_moved=growth_moved,
            coupons_moved=coupons_moved,
            merged_at=now,
        )
    )
    audit.record(
        "member.merge",
        actor=actor,
        object_kind="member",
        object_id=kept.id,
        details={
            "merged_id": str(merged.public_id),
            "reason": reason,
            "phone": kept.phone_masked,
            "points": points_moved,
            "growth": growth_moved,
            "coupons": coupons_moved,
            **counts,
        },
        now=now,
    )
    db.session.flush()  # later reads of this transaction see one member
    return kept


def _unite_profiles(kept: Member, merged: Member, *, phone: SealedPhone | None) -> None:
    """The kept member's own words win; gaps are filled from the other."""
    kept.nickname = kept.nickname or merged.nickname
    kept.zone = kept.zone or merged.zone
    if kept.birth_month is None:
        kept.birth_month, kept.birth_day = merged.birth_month, merged.birth_day
    theirs, own = members.release_phone(merged), members.release_phone(kept)
    db.session.flush()  # the number must be free before the other member takes it
    held = phone or own or theirs
    if held is not None:
        members.hold_phone(kept, held)


def _move_rows(kept: Member, merged: Member, *, source: str, now: datetime) -> dict[str, int]:
    """Move what hangs on the merged member; returns how many rows of each kind moved, for the audit row."""
    run = db.session.execute
    pair = {"kept": kept.id, "merged": merged.id}
    counts = {
        "check_ins": len(run(moves.CHECK_INS, pair).all()),
        "badges": len(run(moves.BADGES, pair).all()),
        "visits": len(run(moves.VISITS, pair).all()),
        "purchases": len(run(moves.PURCHASES, pair).all()),
        "earnings": len(run(moves.EARNINGS, pair).all()),
        "identities": len(run(moves.IDENTITIES, pair).all()),
        "contacts": len(run(moves.CONTACTS, pair).all()),
        "sessions": len(run(moves.SESSIONS, pair).all()),
        "notes": len(run(moves.NOTES, pair).all()),
        "preferences": len(run(moves.PREFERENCES, pair).all()),
        "grants": int(run(moves.GRANTS, {**pair, "source": source, "now": now}).scalar_one()),
    }
    for member in (kept, merged):
        run(moves.STREAKS, {"member": member.id})
    run(issue_runs.LATE, pair)
    counts["list_entries"] = len(run(moves.LIST_ENTRIES, pair).all())
    for statement in (moves.CONTACTS_LEFT, moves.CONTACT_CODES):
        run(statement, {"merged": merged.id})
    counts["tags"] = len(run(moves.TAGS, pair).all())
    for statement in (moves.FIGURES, moves.POINTERS, moves.STAFF, moves.IDEMPOTENCY_KEYS, moves.FREQUENCY):
        run(statement, pair)
    run(moves.ERASURES, {**pair, "now": now})
    campaign_benefits.merge(merged.id, kept.id)
    run(moves.DELIVERIES_SUPPRESS, {**pair, "now": now})
    run(moves.DELIVERIES_OF_KEPT, {**pair, "now": now})
    counts["deliveries"] = len(run(moves.DELIVERIES, pair).all())
    run(moves.DELIVERIES_LEFT, {"merged": merged.id, "now": now})
    campaign_benefits.end_left(merged.id)
    automation_gates.merge(merged.id, kept.id)
    return counts
