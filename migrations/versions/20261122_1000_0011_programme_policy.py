"""Settings of the programme that grew: expiry terms, make-up days, the worth of a point. Earning moves to rules as data."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_constraint(op.f("ck_programme_points_valid_months_range"), "programme", type_="check")
    op.drop_constraint(op.f("ck_programme_earning_not_negative"), "programme", type_="check")
    op.add_column("programme", sa.Column("monthly_bonus", postgresql.JSONB(), server_default="{}", nullable=False))
    op.add_column("programme", sa.Column("makeup_cost_points", sa.BigInteger(), server_default="20", nullable=False))
    op.add_column("programme", sa.Column("makeup_per_month", sa.Integer(), server_default="3", nullable=False))
    op.add_column("programme", sa.Column("makeup_within_days", sa.Integer(), server_default="7", nullable=False))
    op.add_column("programme", sa.Column("points_expiry", sa.Text(), server_default="12M", nullable=False))
    op.add_column("programme", sa.Column("expiry_notice_days", sa.Integer(), server_default="30", nullable=False))
    op.add_column("programme", sa.Column("fen_per_100_points", sa.BigInteger(), server_default="100", nullable=False))
    op.add_column("programme", sa.Column("adjustment_limit", sa.BigInteger(), server_default="1000", nullable=False))
    op.drop_column("programme", "growth_per_yuan")
    op.drop_column("programme", "points_per_yuan")
    op.drop_column("programme", "points_valid_months")
    op.drop_column("programme", "check_in_growth")
    op.create_check_constraint(op.f("ck_programme_point_value_positive"), "programme", "fen_per_100_points > 0")
    op.create_check_constraint(op.f("ck_programme_adjustment_limit_not_negative"), "programme", "adjustment_limit >= 0")
    op.create_check_constraint(
        op.f("ck_programme_expiry_notice_range"), "programme", "expiry_notice_days BETWEEN 0 AND 365"
    )
    op.create_check_constraint(
        op.f("ck_programme_makeup_range"),
        "programme",
        "makeup_cost_points > 0 AND makeup_per_month BETWEEN 0 AND 31 AND makeup_within_days BETWEEN 1 AND 31",
    )


def downgrade() -> None:
    # The settings that rules replaced come back as they were by default.
    op.drop_constraint(op.f("ck_programme_makeup_range"), "programme", type_="check")
    op.drop_constraint(op.f("ck_programme_expiry_notice_range"), "programme", type_="check")
    op.drop_constraint(op.f("ck_programme_adjustment_limit_not_negative"), "programme", type_="check")
    op.drop_constraint(op.f("ck_programme_point_value_positive"), "programme", type_="check")
    op.add_column("programme", sa.Column("check_in_growth", sa.BigInteger(), server_default="1", nullable=False))
    op.alter_column("programme", "check_in_growth", server_default=None)
    op.add_column("programme", sa.Column("points_valid_months", sa.Integer(), server_default="12", nullable=False))
    op.alter_column("programme", "points_valid_months", server_default=None)
    op.add_column("programme", sa.Column("points_per_yuan", sa.BigInteger(), server_default="1", nullable=False))
    op.alter_column("programme", "points_per_yuan", server_default=None)
    op.add_column("programme", sa.Column("growth_per_yuan", sa.BigInteger(), server_default="1", nullable=False))
    op.alter_column("programme", "growth_per_yuan", server_default=None)
    op.drop_column("programme", "adjustment_limit")
    op.drop_column("programme", "fen_per_100_points")
    op.drop_column("programme", "expiry_notice_days")
    op.drop_column("programme", "points_expiry")
    op.drop_column("programme", "makeup_within_days")
    op.drop_column("programme", "makeup_per_month")
    op.drop_column("programme", "makeup_cost_points")
    op.drop_column("programme", "monthly_bonus")
    op.create_check_constraint(
        op.f("ck_programme_earning_not_negative"), "programme", "points_per_yuan >= 0 AND growth_per_yuan >= 0"
    )
    op.create_check_constraint(
        op.f("ck_programme_points_valid_months_range"), "programme", "points_valid_months BETWEEN 1 AND 120"
    )
