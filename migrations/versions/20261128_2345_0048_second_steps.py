"""A second step at sign-in for people of the staff, who must have one, sign-ins a person can tell apart; when jobs last failed."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0048"
down_revision = "0060"
branch_labels = None
depends_on = None

INSTANT = sa.TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.create_table(
        "staff_second_step",
        sa.Column("staff_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("secret_cipher", sa.LargeBinary, nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("confirmed_at", INSTANT),
        sa.Column("last_step", sa.BigInteger),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_staff_second_step")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_second_step_staff_id_staff")),
        sa.CheckConstraint("last_step > 0", name=op.f("ck_staff_second_step_last_step_positive")),
        sa.CheckConstraint(
            "confirmed_at IS NOT NULL OR last_step IS NULL", name=op.f("ck_staff_second_step_used_when_confirmed")
        ),
    )
    op.create_table(
        "staff_recovery_code",
        sa.Column("staff_id", sa.BigInteger, nullable=False),
        sa.Column("code_hash", sa.LargeBinary, nullable=False),
        sa.Column("used_at", INSTANT),
        sa.PrimaryKeyConstraint("staff_id", "code_hash", name=op.f("pk_staff_recovery_code")),
        sa.ForeignKeyConstraint(
            ["staff_id"],
            ["staff_second_step.staff_id"],
            name=op.f("fk_staff_recovery_code_staff_id_staff_second_step"),
        ),
    )
    # Sign-ins that are open get a name too.
    op.add_column(
        "staff_session", sa.Column("public_id", sa.Uuid, nullable=False, server_default=sa.text("gen_random_uuid()"))
    )
    op.alter_column("staff_session", "public_id", server_default=None)
    op.create_unique_constraint(op.f("uq_staff_session_public_id"), "staff_session", ["public_id"])
    op.add_column("staff_session", sa.Column("agent", sa.Text, nullable=False, server_default=""))
    op.add_column("staff_session", sa.Column("must_set_up", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column(
        "programme",
        sa.Column("second_step_roles", postgresql.ARRAY(sa.Text), nullable=False, server_default=sa.text("'{}'")),
    )
    op.create_check_constraint(
        op.f("ck_programme_second_step_roles_known"),
        "programme",
        "second_step_roles <@ ARRAY['clerk', 'manager', 'marketer', 'auditor', 'admin']",
    )
    op.create_index("ix_job_run_failed", "job_run", ["job", "id"], postgresql_where=sa.text("NOT ok"))


def downgrade() -> None:
    op.drop_index("ix_job_run_failed", table_name="job_run")
    op.drop_constraint(op.f("ck_programme_second_step_roles_known"), "programme")
    op.drop_column("programme", "second_step_roles")
    op.drop_column("staff_session", "must_set_up")
    op.drop_column("staff_session", "agent")
    op.drop_constraint(op.f("uq_staff_session_public_id"), "staff_session")
    op.drop_column("staff_session", "public_id")
    op.drop_table("staff_recovery_code")
    op.drop_table("staff_second_step")
