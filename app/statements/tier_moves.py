"""Tiers of many members at once. The arrays are parallel, one place per member; the callers hold the account locks.

They lean on uq_tier_history_open, ex_tier_history_no_overlap and pk_tier_gift.
"""

from typing import Final

from sqlalchemy import text

IN_FORCE: Final = text(
    """
    SELECT tier.id, tier.code, tier.rank, tier.growth_threshold, ladder.qualification, ladder.qualification_months,
           ladder.validity_months, ladder.downgrade, ladder.grace_days, ladder.notice_days, ladder.settling_after_id
      FROM tier LEFT JOIN ladder ON ladder.status = 'active'
     ORDER BY tier.rank
    """
)

_WANTED: Final = (
    "unnest(CAST(:member_ids AS bigint[]), CAST(:tier_ids AS bigint[]), CAST(:throughs AS date[]))"
    " AS wanted (member_id, tier_id, through)"
)

ACCOUNTS: Final = text(
    f"UPDATE member_account SET tier_id = wanted.tier_id, tier_valid_through = wanted.through FROM {_WANTED}"  # noqa: S608
    " WHERE member_account.member_id = wanted.member_id"
)

# Two changes in one instant: history has no empty intervals, the last one stands.
HISTORY_REPLACE: Final = text(
    f"UPDATE tier_history SET tier_id = wanted.tier_id, reason = :reason FROM {_WANTED}"  # noqa: S608
    " WHERE tier_history.member_id = wanted.member_id AND ends_at IS NULL AND starts_at >= :now"
)
HISTORY_CLOSE: Final = text(
    "UPDATE tier_history SET ends_at = :now"
    " WHERE member_id = ANY (CAST(:member_ids AS bigint[])) AND ends_at IS NULL AND starts_at < :now"
)
HISTORY_OPEN: Final = text(
    f"INSERT INTO tier_history (member_id, tier_id, starts_at, reason)"  # noqa: S608
    f" SELECT wanted.member_id, wanted.tier_id, CAST(:now AS timestamptz), CAST(:reason AS text) FROM {_WANTED} WHERE NOT EXISTS"
    " (SELECT FROM tier_history AS open WHERE open.member_id = wanted.member_id AND open.ends_at IS NULL)"
)

EVENTS: Final = text(
    """
    INSERT INTO member_event (member_id, kind, occurrence, details, business_date, occurred_at)
    SELECT member_id, kind, CAST(:instant AS text) || ':' || to_code,
           jsonb_build_object('from', from_code, 'to', to_code, 'reason', CAST(:reason AS text)),
           CAST(:business_date AS date), CAST(:now AS timestamptz)
      FROM unnest(CAST(:member_ids AS bigint[]), CAST(:kinds AS text[]), CAST(:from_codes AS text[]),
                  CAST(:to_codes AS text[])) AS said (member_id, kind, from_code, to_code)
    ON CONFLICT (member_id, kind, occurrence) DO NOTHING
    """
)

# Once per tier and period; one that was never given because the tier was lost again comes due again with the tier.
UPGRADE_GIFTS: Final = text(
    f"""
    INSERT INTO tier_gift (member_id, tier_id, kind, period, state, due_at)
    SELECT wanted.member_id, wanted.tier_id, 'upgrade_gift', CAST(:period AS text), 'due', CAST(:now AS timestamptz)
      FROM {_WANTED} JOIN tier_benefit AS benefit ON benefit.tier_id = wanted.tier_id AND benefit.kind = 'upgrade_gift'
    ON CONFLICT (member_id, tier_id, kind, period)
    DO UPDATE SET state = 'due', due_at = excluded.due_at, ended_at = NULL, reason = NULL
     WHERE tier_gift.state = 'unavailable' AND tier_gift.reason = 'tier_lost'
    """  # noqa: S608
)
