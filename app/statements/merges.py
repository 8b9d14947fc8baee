"""Moving everything of one member to another, as sets. Each statement takes :merged and :kept; what cannot move without
breaking a unique rule of the kept member stays, still counted, with the merged one. Leans on the primary keys named."""

from typing import Final

from sqlalchemy import text

# Check-ins of dates the kept member has not got (pk_check_in). Make-ups follow the kept member's own in their month
# (uq_check_in_makeup): what two memberships were each allowed stands, and uses up the month for the one who stays.
CHECK_INS: Final = text(
    "WITH moved AS (SELECT c.business_date, CASE WHEN c.makeup_no IS NOT NULL THEN"
    " row_number() OVER (PARTITION BY c.month, c.makeup_no IS NULL ORDER BY c.business_date)"
    " + coalesce((SELECT max(k.makeup_no) FROM check_in k WHERE k.member_id = :kept AND k.month = c.month), 0) END AS number"
    " FROM check_in c WHERE c.member_id = :merged AND NOT EXISTS"
    " (SELECT 1 FROM check_in k WHERE k.member_id = :kept AND k.business_date = c.business_date))"
    " UPDATE check_in c SET member_id = :kept, makeup_no = moved.number,"
    " makeup_limit = CASE WHEN moved.number IS NOT NULL THEN greatest(c.makeup_limit, moved.number) END"
    " FROM moved WHERE c.member_id = :merged AND c.business_date = moved.business_date RETURNING 1"
)

# A badge either of them had stays, with the earlier date.
BADGES: Final = text(
    "INSERT INTO member_badge (member_id, badge_id, awarded_at)"
    " SELECT :kept, badge_id, awarded_at FROM member_badge WHERE member_id = :merged"
    " ON CONFLICT (member_id, badge_id) DO UPDATE SET awarded_at = excluded.awarded_at"
    " WHERE excluded.awarded_at < member_badge.awarded_at RETURNING 1"
)

# Days in a row by gaps and islands: a date minus its rank is constant within a run.
STREAKS: Final = text(
    "WITH islands AS (SELECT business_date,"
    " business_date - (row_number() OVER (ORDER BY business_date))::int AS island"
    " FROM check_in WHERE member_id = :member),"
    " runs AS (SELECT business_date, row_number() OVER (PARTITION BY island ORDER BY business_date) AS streak FROM islands)"
    " UPDATE check_in c SET streak = runs.streak FROM runs"
    " WHERE c.member_id = :member AND c.business_date = runs.business_date AND c.streak <> runs.streak"
)

# Code steps are moments, so both members may have been scanned in the same one (uq_counter_visit_member_id_code_step).
VISITS: Final = text(
    "UPDATE counter_visit v SET member_id = :kept WHERE v.member_id = :merged AND NOT EXISTS"
    " (SELECT 1 FROM counter_visit k WHERE k.member_id = :kept AND k.code_step = v.code_step) RETURNING 1"
)

PURCHASES: Final = text("UPDATE purchase SET member_id = :kept WHERE member_id = :merged RETURNING 1")
# What one event paid both (joining, a check-in of the same day) stays where it was paid (uq_earning_member_id_rule_id_source).
EARNINGS: Final = text(
    "UPDATE earning e SET member_id = :kept WHERE e.member_id = :merged AND NOT EXISTS"
    " (SELECT 1 FROM earning k WHERE k.member_id = :kept AND k.rule_id = e.rule_id AND k.source = e.source) RETURNING 1"
)
SESSIONS: Final = text("UPDATE member_session SET member_id = :kept WHERE member_id = :merged RETURNING 1")
IDENTITIES: Final = text("UPDATE member_identity SET member_id = :kept WHERE member_id = :merged RETURNING 1")

# A proven e-mail address fills a gap of the kept member (pk_member_contact); their own stays, the other is forgotten with the
# codes on their way: what is asked for again is proven again.
CONTACTS: Final = text(
    "UPDATE member_contact c SET member_id = :kept WHERE c.member_id = :merged AND NOT EXISTS"
    " (SELECT 1 FROM member_contact k WHERE k.member_id = :kept AND k.kind = c.kind) RETURNING 1"
)
CONTACTS_LEFT: Final = text("DELETE FROM member_contact WHERE member_id = :merged")
CONTACT_CODES: Final = text("DELETE FROM contact_code WHERE member_id = :merged")

# On a list both were on, one of the two remains (pk_member_list_entry).
LIST_ENTRIES: Final = text(
    "WITH gone AS (DELETE FROM member_list_entry WHERE member_id = :merged RETURNING list_id)"
    " INSERT INTO member_list_entry (list_id, member_id) SELECT list_id, :kept FROM gone"
    " ON CONFLICT (list_id, member_id) DO NOTHING RETURNING 1"
)

# What either was tagged with, the one who stays is (pk_member_tag).
TAGS: Final = text(
    "WITH gone AS (DELETE FROM member_tag WHERE member_id = :merged RETURNING tag_id, added_by_id, added_at)"
    " INSERT INTO member_tag (member_id, tag_id, added_by_id, added_at)"
    " SELECT :kept, tag_id, added_by_id, added_at FROM gone ON CONFLICT (member_id, tag_id) DO NOTHING RETURNING 1"
)
NOTES: Final = text("UPDATE member_note SET member_id = :kept WHERE member_id = :merged RETURNING 1")
# A wish to be forgotten was about one membership, not about what the two have become: it is asked for anew.
ERASURES: Final = text(
    "UPDATE erasure_request SET state = 'merged', ended_at = :now WHERE member_id IN (:kept, :merged) AND state = 'waiting'"
)
# Of somebody who is gone nothing is counted; the next pass counts what came to the one who stays.
FIGURES: Final = text("DELETE FROM member_figure WHERE member_id = :merged")

# One hop from any merged member to the one who stays.
POINTERS: Final = text("UPDATE member SET merged_into_id = :kept WHERE merged_into_id = :merged RETURNING 1")

# A person of the staff keeps being barred from serving their own membership (uq_staff_member_id).
STAFF: Final = text(
    "UPDATE staff SET member_id = :kept WHERE member_id = :merged"
    " AND NOT EXISTS (SELECT 1 FROM staff WHERE member_id = :kept) RETURNING 1"
)

# A retry of a request made before the merge finds its first answer (pk_idempotency_key).
IDEMPOTENCY_KEYS: Final = text(
    "UPDATE idempotency_key i SET principal = 'member:' || :kept WHERE i.principal = 'member:' || :merged AND NOT EXISTS"
    " (SELECT 1 FROM idempotency_key k WHERE k.principal = 'member:' || :kept AND k.endpoint = i.endpoint"
    " AND k.key = i.key) RETURNING 1"
)

# Remaining permissions are summed; both histories say so (I11: the sum of the entries is the remainder).
GRANTS: Final = text(
    "WITH given AS (UPDATE subscription_grant g SET remaining = 0, updated_at = :now FROM subscription_grant old"
    " WHERE g.member_id = :merged AND g.remaining > 0"
    " AND old.member_id = g.member_id AND old.message_template_id = g.message_template_id"
    " RETURNING g.message_template_id, old.remaining),"
    " taken AS (INSERT INTO subscription_grant (member_id, message_template_id, remaining, updated_at)"
    " SELECT :kept, message_template_id, remaining, :now FROM given"
    " ON CONFLICT (member_id, message_template_id)"
    " DO UPDATE SET remaining = subscription_grant.remaining + excluded.remaining, updated_at = excluded.updated_at),"
    " noted AS (INSERT INTO subscription_grant_entry (member_id, message_template_id, kind, delta, source, recorded_at)"
    " SELECT :merged, message_template_id, 'merge', -remaining, :source, :now FROM given"
    " UNION ALL SELECT :kept, message_template_id, 'merge', remaining, :source, :now FROM given)"
    " SELECT coalesce(sum(remaining), 0) FROM given"
)

# What the one who stays chose stands; of the other's choices only a "no" comes along, as "no row" already means yes.
PREFERENCES: Final = text(
    "WITH gone AS (DELETE FROM message_preference WHERE member_id = :merged"
    " RETURNING topic, channel, is_on, changed_by, changed_at)"
    " INSERT INTO message_preference (member_id, topic, channel, is_on, changed_by, changed_at)"
    " SELECT :kept, topic, channel, is_on, changed_by, changed_at FROM gone WHERE NOT is_on"
    " ON CONFLICT (member_id, topic, channel) DO NOTHING RETURNING 1"
)

# Messages already had count for the one who stays, never above the cap (ck_frequency_counter_sent_within_cap).
FREQUENCY: Final = text(
    "INSERT INTO frequency_counter (member_id, period, starts_on, sent, cap)"
    " SELECT :kept, period, starts_on, sent, cap FROM frequency_counter WHERE member_id = :merged"
    " ON CONFLICT (member_id, period, starts_on) DO UPDATE SET"
    " sent = least(greatest(frequency_counter.cap, excluded.cap), frequency_counter.sent + excluded.sent),"
    " cap = greatest(frequency_counter.cap, excluded.cap)"
)

# A message the merged member had, or has under way, must not come again through the kept one (I10).
DELIVERIES_SUPPRESS: Final = text(
    "INSERT INTO delivery (campaign_id, occurrence, member_id, state, reason, message_template_id, due_at, attempts,"
    " awaiting_event, finished_at)"
    " SELECT campaign_id, occurrence, :kept, 'suppressed', 'merged', message_template_id, due_at, 0, false, :now"
    " FROM delivery WHERE member_id = :merged AND state = 'dispatching'"
    " ON CONFLICT (campaign_id, occurrence, member_id) DO NOTHING"
)
DELIVERIES_OF_KEPT: Final = text(
    "UPDATE delivery k SET state = 'suppressed', reason = 'merged', claim_token = NULL, lease_until = NULL,"
    " finished_at = :now FROM delivery m"
    " WHERE k.member_id = :kept AND k.state IN ('planned', 'claimed') AND m.member_id = :merged"
    " AND m.campaign_id = k.campaign_id AND m.occurrence = k.occurrence"
    " AND m.state IN ('dispatching', 'sent', 'in_doubt')"
)
# A row being dispatched stays: its worker records the outcome under the key it knows (pk_delivery).
DELIVERIES: Final = text(
    "UPDATE delivery d SET member_id = :kept WHERE d.member_id = :merged AND d.state <> 'dispatching' AND NOT EXISTS"
    " (SELECT 1 FROM delivery k WHERE k.member_id = :kept AND k.campaign_id = d.campaign_id"
    " AND k.occurrence = d.occurrence) RETURNING 1"
)
DELIVERIES_LEFT: Final = text(
    "UPDATE delivery SET state = 'suppressed', reason = 'merged', claim_token = NULL, lease_until = NULL,"
    " finished_at = :now WHERE member_id = :merged AND state IN ('planned', 'claimed')"
)
