"""The step just before the HTTP call: re-check, take grant and caps, mark `dispatching`, all or nothing.

Leans on ck_subscription_grant_remaining_not_negative and ck_frequency_counter_sent_within_cap (I11) and on
uq_delivery_open_dispatch (one open message per person and template)."""

from typing import Final

from sqlalchemy import text

# Everything that may have changed since expansion, read in the transaction that commits the intent: of several at once, for
# so wide a plan costs more to set up than to run. In order of members, as everybody locks them.
# `|| ''`: as in audience.py, so that the identity is found by its member; the latest, should there be several.
LOAD: Final = text(
    """
SELECT d.claim_token, d.occurrence, d.member_id, d.expires_at, d.attempts, d.variant, d.link_code,
       c.state AS campaign_state, c.refusals_in_a_row, t.is_enabled AS template_enabled,
       m.status AS member_status, m.marketing_consent, m.nickname, m.locale, m.zone, m.birth_month, m.birth_day,
       a.points_balance, tier.name AS tier_name, tier.name_en AS tier_name_en,
       i.value AS openid, coalesce(g.remaining, 0) AS grants, d.tried_channels, m.phone_cipher, m.phone_index,
       e.value_cipher AS email_cipher, e.value_index AS email_index, f.openid AS official_openid,
       ARRAY(SELECT p.channel FROM message_preference p
             WHERE p.member_id = d.member_id AND p.topic = t.topic AND NOT p.is_on) AS switched_off,
       (SELECT f.sent FROM frequency_counter f
        WHERE f.member_id = d.member_id AND f.period = 'day' AND f.starts_on = :day) AS sent_today,
       (SELECT f.sent FROM frequency_counter f
        WHERE f.member_id = d.member_id AND f.period = 'week' AND f.starts_on = :week) AS sent_this_week,
       (SELECT f.sent FROM frequency_counter f
        WHERE f.member_id = d.member_id AND f.period = 'month' AND f.starts_on = :month) AS sent_this_month,
       (SELECT o.dispatched_at FROM delivery o
        WHERE o.awaiting_event AND o.openid = i.value AND o.message_template_id = d.message_template_id
        LIMIT 1) AS open_since,
       (SELECT o.dispatched_at FROM delivery o
        WHERE o.awaiting_event AND o.openid = f.openid AND o.message_template_id = d.message_template_id
        LIMIT 1) AS official_open_since
FROM unnest(CAST(:campaign_ids AS bigint[]), CAST(:occurrences AS text[]), CAST(:member_ids AS bigint[]),
            CAST(:tokens AS uuid[])) AS ticket (campaign_id, occurrence, member_id, token)
JOIN delivery d ON d.campaign_id = ticket.campaign_id AND d.occurrence = ticket.occurrence
               AND d.member_id = ticket.member_id AND d.claim_token = ticket.token AND d.state = 'claimed'
JOIN campaign c ON c.id = d.campaign_id
JOIN message_template t ON t.id = d.message_template_id
JOIN member m ON m.id = d.member_id
JOIN member_account a ON a.member_id = d.member_id
JOIN tier ON tier.id = a.tier_id
LEFT JOIN LATERAL (
    SELECT value FROM member_identity
    WHERE member_id = d.member_id AND kind || '' = 'openid' AND app_id || '' = :app_id
    ORDER BY id DESC LIMIT 1
) i ON true
LEFT JOIN LATERAL (
    SELECT o.openid FROM member_identity u JOIN official_follower o ON o.app_id = :oa_app_id AND o.unionid = u.value
    WHERE u.member_id = d.member_id AND u.kind || '' = 'unionid'
    ORDER BY u.id DESC LIMIT 1
) f ON true
LEFT JOIN member_contact e ON e.member_id = d.member_id AND e.kind = 'email' AND e.refused_at IS NULL
LEFT JOIN subscription_grant g ON g.member_id = d.member_id AND g.message_template_id = d.message_template_id
ORDER BY d.member_id, d.occurrence
FOR UPDATE OF d
"""
)

# Ones for all that was to be taken and was free, a three for the caps; less where a concurrent send was first. Only
# marketing counts against the caps, only a subscribe message takes a permission, only WeChat's two channels tell an event.
TAKE: Final = text(
    """
WITH counted AS (
    INSERT INTO frequency_counter (member_id, period, starts_on, sent, cap)
    SELECT :member_id, w.period, w.starts_on, 1, w.cap
    FROM (VALUES ('day', :day, CAST(:day_cap AS int)), ('month', :month, CAST(:month_cap AS int)),
                 ('week', :week, CAST(:week_cap AS int))) w (period, starts_on, cap)
    WHERE :takes_caps
    ON CONFLICT (member_id, period, starts_on) DO UPDATE
        SET sent = frequency_counter.sent + 1, cap = EXCLUDED.cap
        WHERE frequency_counter.sent < EXCLUDED.cap
    RETURNING 1
), taken AS (
    UPDATE subscription_grant SET remaining = remaining - 1, updated_at = :now
    WHERE member_id = :member_id AND message_template_id = :message_template_id AND remaining > 0 AND :takes_grant
    RETURNING 1
), noted AS (
    INSERT INTO subscription_grant_entry (member_id, message_template_id, kind, delta, source, recorded_at)
    SELECT :member_id, :message_template_id, 'sent', -1, :source, :now FROM taken
    RETURNING 1
), marked AS (
    UPDATE delivery SET state = 'dispatching', openid = :openid, dispatched_at = :now, attempts = attempts + 1,
                        awaiting_event = :awaits_event, link_code = :link_code
    WHERE campaign_id = :campaign_id AND occurrence = :occurrence AND member_id = :member_id
      AND state = 'claimed' AND claim_token = :token
    RETURNING 1
)
SELECT (SELECT count(*) FROM counted) AS counted,
       (SELECT count(*) FROM taken) AS taken, (SELECT count(*) FROM noted) AS noted,
       (SELECT count(*) FROM marked) AS marked
"""
)

# The counters again, after WeChat certainly did not take the message.
GIVE_CAPS_BACK: Final = text(
    """
UPDATE frequency_counter SET sent = sent - 1
WHERE member_id = :member_id AND sent > 0
  AND ((period = 'day' AND starts_on = :day) OR (period = 'week' AND starts_on = :week)
       OR (period = 'month' AND starts_on = :month))
"""
)

# What the call came to. The token fences off a worker whose row was settled otherwise; a row that the reaper already put
# in doubt is still this worker's to tell about. A message that this channel certainly did not take may go on to the next,
# with its tries counted anew; ck_delivery_channel_tried_once keeps it from ever coming back.
FINISH: Final = text(
    """
UPDATE delivery SET state = :state, reason = :reason, errcode = :errcode, msgid = :msgid, due_at = coalesce(:due_at, due_at),
                    attempts = attempts - :uncounted, finished_at = :finished_at,
                    awaiting_event = awaiting_event AND :awaiting_event,
                    channel = coalesce(CAST(:next_channel AS text), channel),
                    tried_channels = CASE WHEN CAST(:next_channel AS text) IS NULL THEN tried_channels
                                          ELSE tried_channels || channel END,
                    claim_token = CASE WHEN :keeps_token THEN claim_token END,
                    lease_until = CASE WHEN :keeps_token THEN lease_until END
WHERE campaign_id = :campaign_id AND occurrence = :occurrence AND member_id = :member_id
  AND claim_token = :token AND state IN ('dispatching', 'in_doubt')
RETURNING state
"""
)

# Another channel is the way now: planned again at once, to wait for a slot of that one.
SWITCH: Final = text(
    """
UPDATE delivery SET state = 'planned', channel = :channel, openid = NULL, claim_token = NULL, lease_until = NULL
WHERE campaign_id = :campaign_id AND occurrence = :occurrence AND member_id = :member_id
  AND claim_token = :token AND state = 'claimed'
RETURNING state
"""
)

# A claimed row that will not be sent now: suppressed, missed, failed before the call, or put off.
SET_ASIDE: Final = text(
    """
UPDATE delivery SET state = :state, reason = :reason, due_at = coalesce(:due_at, due_at), finished_at = :finished_at,
                    claim_token = NULL, lease_until = NULL
WHERE campaign_id = :campaign_id AND occurrence = :occurrence AND member_id = :member_id
  AND claim_token = :token AND state = 'claimed'
RETURNING state
"""
)
