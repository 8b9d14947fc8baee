"""The diary of the ticks, a line for each: along ix_job_run_job_id from name to name, and ix_job_run_failed."""

from typing import Final

from sqlalchemy import text

JOBS: Final = text(
    """
    WITH RECURSIVE known (job) AS (
        (SELECT job FROM job_run ORDER BY job LIMIT 1)
        UNION ALL
        SELECT (SELECT job FROM job_run r WHERE r.job > known.job ORDER BY r.job LIMIT 1) FROM known WHERE known.job IS NOT NULL
    )
    SELECT known.job, (SELECT id FROM job_run r WHERE r.job = known.job ORDER BY r.id DESC LIMIT 1) AS last_id,
           (SELECT id FROM job_run r WHERE r.job = known.job AND NOT r.ok ORDER BY r.id DESC LIMIT 1) AS failed_id
      FROM known WHERE known.job IS NOT NULL
    """
)
