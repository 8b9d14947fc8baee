"""A campaign is submitted by somebody at some time: what a second person looked at is known by that time."""

from alembic import op

revision = "0061"
down_revision = "0048"
branch_labels = None
depends_on = None

SOMEBODY = "ck_campaign_submitted_by_somebody"


def upgrade() -> None:
    op.create_check_constraint(op.f(SOMEBODY), "campaign", "(submitted_by_id IS NULL) = (submitted_at IS NULL)")


def downgrade() -> None:
    op.drop_constraint(op.f(SOMEBODY), "campaign")
