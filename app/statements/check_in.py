"""A member's check-ins, read and mended under the account lock. They lean on pk_check_in (one a day) and on the stored
streaks being right (I9: `flask verify` recomputes them)."""

from typing import Final

from sqlalchemy import text

# Everything a check-in on :today depends on. A later row means that this machine's clock went back.
FACTS: Final = text(
    """
    SELECT done.streak AS done_streak, done.points AS done_points, coalesce(yesterday.streak, 0) AS yesterday,
           (SELECT count(*) FROM check_in WHERE member_id = :member_id AND month = :month) AS month_count,
           EXISTS (SELECT FROM check_in WHERE member_id = :member_id AND business_date > :today) AS is_behind
      FROM (VALUES (1)) AS one
      LEFT JOIN check_in AS done ON done.member_id = :member_id AND done.business_date = :today
      LEFT JOIN check_in AS yesterday
        ON yesterday.member_id = :member_id AND yesterday.business_date = CAST(:today AS date) - 1
    """
)

CHECK_IN: Final = text(
    """
    INSERT INTO check_in (member_id, business_date, streak, points, checked_in_at)
    VALUES (:member_id, :today, :streak, :points, :now)
    """
)

# A make-up closes a gap: the run that began the day after it is counted on from it. Within a run, the date less the streak
# is the day before the run began, so one condition finds the whole run.
MAKE_UP: Final = text(
    """
    WITH joined AS (
        UPDATE check_in SET streak = streak + :streak
         WHERE member_id = :member_id AND business_date > :on AND business_date - streak = :on
    )
    INSERT INTO check_in (member_id, business_date, streak, points, checked_in_at, makeup_no, makeup_limit)
    VALUES (:member_id, :on, :streak, 0, :now, :number, :per_month)
    """
)

# Around a missed day: what was there, the run before it, the make-ups of its month, and the streak as it stands today.
AROUND: Final = text(
    """
    SELECT there.streak AS there_streak, there.makeup_no AS there_makeup_no, coalesce(before.streak, 0) AS before,
           (SELECT coalesce(max(makeup_no), 0) FROM check_in WHERE member_id = :member_id AND month = :month) AS used,
           member.joined_at
      FROM member
      LEFT JOIN check_in AS there ON there.member_id = member.id AND there.business_date = :on
      LEFT JOIN check_in AS before ON before.member_id = member.id AND before.business_date = CAST(:on AS date) - 1
     WHERE member.id = :member_id
    """
)

# The streak alive at :today: a day not yet checked in has not broken it.
STREAK_NOW: Final = text(
    """
    SELECT streak FROM check_in
     WHERE member_id = :member_id AND business_date BETWEEN CAST(:today AS date) - 1 AND :today
     ORDER BY business_date DESC LIMIT 1
    """
)
