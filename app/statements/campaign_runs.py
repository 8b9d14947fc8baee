"""Beginning, missing and ending the runs of campaigns. Leans on pk_campaign_run: an occurrence begins once, whoever ticks.

Each is one statement with the campaign's own step, so that of two schedulers the second finds nothing left to do."""

from typing import Final

from sqlalchemy import text

_HIGHEST: Final = "(SELECT coalesce(max(id), 0) FROM member)"
_COLUMNS: Final = (
    "campaign_id, occurrence, state, due_at, latest_start_at, cursor_member_id, max_member_id, targeted, started_at"
)
# A run that was missed may begin anew with the campaign's new time; nothing of it was written yet.
_ANEW: Final = """
ON CONFLICT (campaign_id, occurrence) DO UPDATE
   SET state = EXCLUDED.state, due_at = EXCLUDED.due_at, latest_start_at = EXCLUDED.latest_start_at,
       max_member_id = EXCLUDED.max_member_id, started_at = EXCLUDED.started_at
 WHERE campaign_run.state = 'missed'
RETURNING campaign_id
"""

# One-offs whose time has come. By each member's own clock they begin when the first clocks on earth show the time.
START: Final = text(
    f"""
WITH started AS (
    UPDATE campaign SET state = 'expanding', started_at = :now
     WHERE state = 'scheduled' AND latest_start_at >= :now
       AND CASE WHEN is_member_time
                THEN least(scheduled_at, scheduled_at AT TIME ZONE CAST(:zone AS text) AT TIME ZONE CAST(:earliest AS text))
                ELSE scheduled_at END <= :now
    RETURNING id, scheduled_at, latest_start_at
)
INSERT INTO campaign_run ({_COLUMNS})
SELECT id, '0', 'expanding', scheduled_at, latest_start_at, 0, {_HIGHEST}, 0, :now FROM started
{_ANEW}
"""  # noqa: S608  (fixed text)
)

# One-offs nobody began in time: they wait for a person.
MISS: Final = text(
    f"""
WITH missed AS (
    UPDATE campaign SET state = 'missed' WHERE state = 'scheduled' AND latest_start_at < :now
    RETURNING id, scheduled_at, latest_start_at
)
INSERT INTO campaign_run ({_COLUMNS})
SELECT id, '0', 'missed', scheduled_at, latest_start_at, 0, 0, 0, CAST(NULL AS timestamptz) FROM missed
{_ANEW}
"""  # noqa: S608
)

# What repeats and is due; skipping what another scheduler is at. Served by ix_campaign_next_run_at.
DUE: Final = text(
    """
SELECT id FROM campaign WHERE state = 'running' AND next_run_at <= :now
 ORDER BY next_run_at LIMIT :limit FOR NO KEY UPDATE SKIP LOCKED
"""
)

# One occurrence, and the campaign's step to the next. `due_at` names the step: a second scheduler finds it taken.
BEGIN: Final = text(
    f"""
WITH moved AS (
    UPDATE campaign SET next_run_at = :next_run_at
     WHERE id = :campaign_id AND state = 'running' AND next_run_at = :due_at
    RETURNING id
)
INSERT INTO campaign_run ({_COLUMNS})
SELECT id, :occurrence, CASE WHEN :is_late THEN 'missed' ELSE 'expanding' END, :due_at, :latest_start_at, 0,
       CASE WHEN :is_late THEN 0 ELSE {_HIGHEST} END, 0, CASE WHEN :is_late THEN NULL ELSE CAST(:now AS timestamptz) END
  FROM moved
ON CONFLICT (campaign_id, occurrence) DO NOTHING
RETURNING state
"""  # noqa: S608
)

# A person lets a missed run go out after all.
START_LATE: Final = text(
    f"""
UPDATE campaign_run SET state = 'expanding', latest_start_at = :latest_start_at, max_member_id = {_HIGHEST}, started_at = :now
 WHERE campaign_id = :campaign_id AND occurrence = :occurrence AND state = 'missed'
RETURNING occurrence
"""  # noqa: S608
)

SKIP: Final = text(
    """
UPDATE campaign_run SET state = 'skipped', finished_at = :now
 WHERE campaign_id = :campaign_id AND occurrence = :occurrence AND state = 'missed'
RETURNING occurrence
"""
)

# With its campaign.
CANCEL: Final = text(
    """
UPDATE campaign_run SET state = 'cancelled', finished_at = :now
 WHERE campaign_id = :campaign_id AND state IN ('expanding', 'running', 'missed')
RETURNING occurrence
"""
)
