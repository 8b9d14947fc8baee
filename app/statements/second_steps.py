"""The second step at sign-in: a code is good once, whatever is tried side by side. Leans on pk_staff_second_step and
pk_staff_recovery_code."""

from typing import Final

from sqlalchemy import text

# The row's lock makes two that bring the same code take turns; the second finds the step used.
USE_STEP: Final = text(
    """
    UPDATE staff_second_step SET last_step = :step
     WHERE staff_id = :staff_id AND confirmed_at IS NOT NULL AND (last_step IS NULL OR last_step < :step)
    RETURNING staff_id
    """
)
CONFIRM: Final = text(
    """
    UPDATE staff_second_step SET last_step = :step, confirmed_at = :now
     WHERE staff_id = :staff_id AND confirmed_at IS NULL
    RETURNING staff_id
    """
)
USE_RECOVERY_CODE: Final = text(
    """
    UPDATE staff_recovery_code SET used_at = :now
     WHERE staff_id = :staff_id AND code_hash = :code_hash AND used_at IS NULL
    RETURNING staff_id
    """
)

# A secret that was confirmed is not replaced.
START: Final = text(
    """
    INSERT INTO staff_second_step (staff_id, secret_cipher, started_at) VALUES (:staff_id, :secret_cipher, :now)
    ON CONFLICT (staff_id) DO UPDATE SET secret_cipher = excluded.secret_cipher, started_at = excluded.started_at
     WHERE staff_second_step.confirmed_at IS NULL
    RETURNING staff_id
    """
)

# Sign-ins of people whose role must have what they have not: from the next request on they may only set it up.
BIND_SESSIONS: Final = text(
    """
    UPDATE staff_session AS s SET must_set_up = true
      FROM staff, programme
     WHERE staff.id = s.staff_id AND s.revoked_at IS NULL AND s.expires_at > :now AND NOT s.must_set_up
       AND staff.role = ANY (programme.second_step_roles)
       AND NOT EXISTS (SELECT FROM staff_second_step x WHERE x.staff_id = s.staff_id AND x.confirmed_at IS NOT NULL)
    """
)
FREE_SESSIONS: Final = text("UPDATE staff_session SET must_set_up = false WHERE staff_id = :staff_id AND must_set_up")
