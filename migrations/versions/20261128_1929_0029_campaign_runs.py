"""A campaign's expansion cursor moves to its run, because what repeats has many; repeating ends and may be late so long.

One-offs that began get their run '0', so that what was half expanded goes on where it stood. A campaign is approved by nobody
who wrote it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

CHECKS = {
    "approved_by_no_writer": "approved_by_id <> created_by_id",
    "repeating_has_time": "kind NOT IN ('recurring', 'festival') OR send_time IS NOT NULL",
    "ends_on_kinds": "ends_on IS NULL OR kind IN ('recurring', 'festival')",
    "next_run_kinds": "next_run_at IS NULL OR kind IN ('recurring', 'festival')",
    "max_late_range": "max_late_minutes BETWEEN 1 AND 1440",
}

# What began, and what was missed, is a run. `paused` is no state of a run: its campaign's is enough.
TO_RUNS = """
INSERT INTO campaign_run (campaign_id, occurrence, state, due_at, latest_start_at, cursor_member_id, max_member_id, targeted,
                          started_at, finished_at)
SELECT c.id, '0', one.state, c.scheduled_at, coalesce(c.latest_start_at, c.scheduled_at + interval '4 hours'),
       least(c.cursor_member_id, coalesce(c.max_member_id, 0)), coalesce(c.max_member_id, 0),
       (SELECT count(*) FROM delivery d WHERE d.campaign_id = c.id), c.started_at,
       CASE WHEN one.state IN ('done', 'cancelled') THEN coalesce(c.finished_at, c.started_at) END
  FROM campaign c
 CROSS JOIN LATERAL (SELECT CASE c.state WHEN 'paused' THEN c.paused_from ELSE c.state END AS state) one
 WHERE c.kind = 'one_off' AND (c.max_member_id IS NOT NULL OR c.state = 'missed')
   AND one.state IN ('expanding', 'running', 'done', 'cancelled', 'missed')
"""
TO_CAMPAIGNS = """
UPDATE campaign SET cursor_member_id = r.cursor_member_id, max_member_id = r.max_member_id
  FROM campaign_run r
 WHERE r.campaign_id = campaign.id AND r.occurrence = '0' AND r.started_at IS NOT NULL
"""


def upgrade() -> None:
    op.execute(TO_RUNS)
    op.drop_column("campaign", "max_member_id")
    op.drop_column("campaign", "cursor_member_id")
    for column in (
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("max_late_minutes", sa.Integer(), server_default="240", nullable=False),
        sa.Column("review_note", sa.Text(), nullable=True),
    ):
        op.add_column("campaign", column)
    for name, rule in CHECKS.items():
        op.create_check_constraint(op.f(f"ck_campaign_{name}"), "campaign", rule)


def downgrade() -> None:
    """Only one-offs have a cursor in the old schema; what repeats has no place there anyway."""
    for name in reversed(CHECKS):
        op.drop_constraint(op.f(f"ck_campaign_{name}"), "campaign")
    for name in ("review_note", "max_late_minutes", "ends_on"):
        op.drop_column("campaign", name)
    op.add_column("campaign", sa.Column("cursor_member_id", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("campaign", sa.Column("max_member_id", sa.BigInteger(), nullable=True))
    op.alter_column("campaign", "cursor_member_id", server_default=None)
    op.execute(TO_CAMPAIGNS)
    op.execute("DELETE FROM campaign_run WHERE occurrence = '0'")
