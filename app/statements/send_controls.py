"""Pace, quota and breakers: each change is one statement, so that workers need not agree first.

Leans on ck_channel_pace_pace_range, ck_channel_quota_used_within_cap and the primary keys."""

from typing import Final

from sqlalchemy import text

from app.rules.pace import FULL_BP, RECOVERY_BP_PER_SECOND, SLOWEST_BP

# Half of what had recovered since the last time; once for messages that were on their way together.
SLOW_DOWN: Final = text(
    f"""
INSERT INTO channel_pace AS p (account, pace_bp, throttled_at) VALUES (:account, {FULL_BP // 2}, :now)
ON CONFLICT (account) DO UPDATE SET throttled_at = :now, pace_bp = greatest({SLOWEST_BP},
    least({FULL_BP}, p.pace_bp + floor(extract(epoch FROM :now - p.throttled_at)) * {RECOVERY_BP_PER_SECOND})::int / 2)
WHERE p.throttled_at <= :before
RETURNING pace_bp
"""  # noqa: S608  (our own numbers)
)

HOLD: Final = text(
    f"""
INSERT INTO channel_pace AS p (account, pace_bp, throttled_at, held_until, hold_reason)
VALUES (:account, {FULL_BP}, :now, :until, :reason)
ON CONFLICT (account) DO UPDATE SET held_until = EXCLUDED.held_until, hold_reason = EXCLUDED.hold_reason
WHERE p.held_until IS NULL OR p.held_until < EXCLUDED.held_until
RETURNING held_until
"""  # noqa: S608
)

LET_GO: Final = text(
    "UPDATE channel_pace SET held_until = NULL, hold_reason = NULL WHERE account = :account AND held_until > :now"
    " RETURNING account"
)

# A block of the day's quota, whole or not at all.
TAKE_QUOTA: Final = text(
    """
INSERT INTO channel_quota AS q (account, day, cap, used)
SELECT :account, CAST(:day AS date), CAST(:cap AS bigint), CAST(:n AS bigint) WHERE :n <= :cap
ON CONFLICT (account, day) DO UPDATE SET used = q.used + EXCLUDED.used, cap = EXCLUDED.cap
WHERE q.used + EXCLUDED.used <= EXCLUDED.cap
RETURNING used
"""
)

GIVE_QUOTA_BACK: Final = text(
    "UPDATE channel_quota SET used = used - :n WHERE account = :account AND day = :day AND used >= :n RETURNING used"
)

# Of one template and one account.
_MINE: Final = "((b.scope = 'template' AND b.key = :template) OR (b.scope = 'account' AND b.key = :account))"

REFUSE: Final = text(
    """
INSERT INTO send_breaker AS b (scope, key, state, refusals, failed_probes, errcode, reason)
VALUES ('template', :template, 'closed', 1, 0, :errcode, :reason)
ON CONFLICT (scope, key) DO UPDATE SET refusals = b.refusals + 1, errcode = EXCLUDED.errcode, reason = EXCLUDED.reason
RETURNING state, refusals
"""
)

# A failed probe waits twice as long as the one before it; what was on its way when it opened changes nothing.
OPEN: Final = text(
    """
INSERT INTO send_breaker AS b (scope, key, state, refusals, failed_probes, errcode, reason, opened_at, probe_at)
VALUES (:scope, :key, 'open', 0, 0, :errcode, :reason, :now, :now + make_interval(secs => :first))
ON CONFLICT (scope, key) DO UPDATE SET state = 'open', errcode = EXCLUDED.errcode, reason = EXCLUDED.reason,
    opened_at = coalesce(b.opened_at, EXCLUDED.opened_at),
    failed_probes = b.failed_probes + CASE b.state WHEN 'half_open' THEN 1 ELSE 0 END,
    probe_at = CASE b.state WHEN 'half_open'
        THEN :now + make_interval(secs => least(:longest, :first * power(2, least(b.failed_probes + 1, 20))))
        ELSE EXCLUDED.probe_at END
WHERE b.state <> 'open'
RETURNING probe_at
"""
)

# One message may try; of two that ask, one gets it. A probe that dies is followed by another.
PROBE: Final = text(
    f"""
UPDATE send_breaker b SET state = 'half_open', probe_at = :now + make_interval(secs => :first)
WHERE {_MINE} AND b.state <> 'closed' AND b.probe_at <= :now
RETURNING b.scope
"""  # noqa: S608
)

# A message was taken: it closes what was probing and ends a row of refusals. An open one stays: this was on its way.
SUCCEED: Final = text(
    f"""
UPDATE send_breaker b SET state = 'closed', refusals = 0, failed_probes = 0, errcode = NULL, reason = NULL,
                          opened_at = NULL, probe_at = NULL
WHERE {_MINE} AND (b.state = 'half_open' OR (b.state = 'closed' AND b.refusals > 0))
RETURNING b.scope
"""  # noqa: S608
)

# By a person: try at once, or believe them that it is mended.
TRY_NOW: Final = text(
    "UPDATE send_breaker SET probe_at = :now WHERE scope = :scope AND key = :key AND state <> 'closed' RETURNING key"
)
CLOSE: Final = text(
    """
UPDATE send_breaker SET state = 'closed', refusals = 0, failed_probes = 0, errcode = NULL, reason = NULL,
                        opened_at = NULL, probe_at = NULL
WHERE scope = :scope AND key = :key AND state <> 'closed' RETURNING key
"""
)
