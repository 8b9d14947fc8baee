"""Rules in force, what they have paid so far, and the one statement that lets a rule pay within its caps.

They lean on ex_earning_rule_version_no_overlap (one version of a rule at an instant), uq_earning_member_id_rule_id_source
(I4: an event pays a rule once) and the member's account lock, under which the sums of the caps cannot move.
"""

from sqlalchemy import text

# Asked for every event: a rule that was stopped a moment ago pays nobody.
IN_FORCE = text(
    """
    SELECT rule.code, rule.id AS rule_id, version.id AS version_id, version.version, version.name, version.name_en,
           rule.event, rule.ledger, version.terms
      FROM earning_rule_version AS version JOIN earning_rule AS rule ON rule.id = version.rule_id
     WHERE rule.event = :event AND version.starts_at <= :at AND (version.ends_at IS NULL OR version.ends_at > :at)
    """
)

PAID_BEFORE = text(
    """
    SELECT rule_id, coalesce(sum(amount - taken_back) FILTER (WHERE business_date = :on), 0) AS today,
           sum(amount - taken_back) AS ever,
           coalesce(max(CAST(detail ->> 'nth' AS integer)) FILTER (WHERE amount > taken_back), 0) AS nth
      FROM earning WHERE member_id = :member_id AND rule_id = ANY(:rule_ids)
     GROUP BY rule_id
    """
)

TIER = text(
    """
    SELECT tier.code FROM member_account AS account JOIN tier ON tier.id = account.tier_id
     WHERE account.member_id = :member_id
    """
)

# The caps once more, where nothing can come between the look and the write.
PAY = text(
    """
    INSERT INTO earning (member_id, rule_id, rule_version_id, source, amount, business_date, detail)
    SELECT :member_id, :rule_id, :version_id, :source, :amount, :on, CAST(:detail AS jsonb)
     WHERE (CAST(:cap_per_day AS bigint) IS NULL OR :amount + (
            SELECT coalesce(sum(amount - taken_back), 0) FROM earning
             WHERE member_id = :member_id AND rule_id = :rule_id AND business_date = :on) <= :cap_per_day)
       AND (CAST(:cap_per_member AS bigint) IS NULL OR :amount + (
            SELECT coalesce(sum(amount - taken_back), 0) FROM earning
             WHERE member_id = :member_id AND rule_id = :rule_id) <= :cap_per_member)
    ON CONFLICT (member_id, rule_id, source) DO NOTHING
    RETURNING id
    """
)

# What an event paid, whoever holds it after a merge.
OF_SOURCE = text(
    """
    SELECT earning.member_id, earning.id, earning.amount, earning.taken_back, rule.code, rule.ledger
      FROM earning JOIN earning_rule AS rule ON rule.id = earning.rule_id
     WHERE earning.source = :source AND earning.member_id = :member_id
     ORDER BY rule.code
    """
)

TAKEN_BACK = text(
    "UPDATE earning SET taken_back = :taken_back WHERE member_id = :member_id AND id = :id AND taken_back < :taken_back"
)

# Members who joined on one of several dates and were not paid for that anniversary (ix_member_joined_at).
ANNIVERSARIES = text(
    """
    SELECT member.id AS member_id, day.years
      FROM unnest(CAST(:starts AS timestamptz[]), CAST(:ends AS timestamptz[]), CAST(:years AS int[]))
           AS day(starts_at, ends_at, years)
      JOIN member ON member.joined_at >= day.starts_at AND member.joined_at < day.ends_at AND member.status = 'active'
     WHERE member.id > :after_id AND NOT EXISTS (
        SELECT FROM earning WHERE earning.member_id = member.id AND earning.source = 'anniversary:' || day.years)
     ORDER BY member.id LIMIT :limit
    """
)
