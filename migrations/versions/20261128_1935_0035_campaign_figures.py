"""What campaigns came to, counted by a tick; how long after a message a purchase counts for it; messages a person sends again."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

INSTANT = sa.TIMESTAMP(timezone=True)
CHECKS = {
    "arm_known": "arm IN ('all', 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'holdout')",
    "sent_reachable": "0 <= sent AND 0 <= in_doubt AND sent + in_doubt <= reachable AND reachable <= targeted",
    "opened_was_sent": "opened BETWEEN 0 AND sent + in_doubt",
    "redeemers_were_given": "redeemers BETWEEN 0 AND given AND given <= targeted",
    "buyers_were_sent": "buyers BETWEEN 0 AND sent AND orders >= buyers",
    "bought_within": "bought BETWEEN 0 AND targeted",
    "sums_not_negative": (
        "redemptions >= redeemers AND coupon_cost_fen >= 0 AND points_given >= 0 AND points_cost_fen >= 0"
        " AND message_cost_fen >= 0 AND revenue_fen >= 0 AND spent_fen >= 0 AND spent_squared >= 0"
    ),
    "holdout_gets_nothing": "arm <> 'holdout' OR reachable + given = 0",
}
COUNTS = (
    "targeted",
    "reachable",
    "sent",
    "in_doubt",
    "opened",
    "given",
    "redeemers",
    "redemptions",
    "buyers",
    "orders",
    "revenue_fen",
    "message_cost_fen",
    "coupon_cost_fen",
    "points_given",
    "points_cost_fen",
    "bought",
    "spent_fen",
)


def upgrade() -> None:
    op.add_column("programme", sa.Column("attribution_days", sa.Integer, nullable=False, server_default="7"))
    op.create_check_constraint(op.f("ck_programme_attribution_range"), "programme", "attribution_days BETWEEN 1 AND 90")
    op.create_table(
        "campaign_count",
        sa.Column("campaign_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("counted_at", INSTANT, nullable=False),
        sa.Column("next_at", INSTANT),
        sa.Column("window_days", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("campaign_id", name=op.f("pk_campaign_count")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_campaign_count_campaign_id_campaign")),
        sa.CheckConstraint("next_at > counted_at", name=op.f("ck_campaign_count_next_after_counted")),
        sa.CheckConstraint("window_days BETWEEN 1 AND 90", name=op.f("ck_campaign_count_window_range")),
    )
    op.create_index(
        "ix_campaign_count_next_at", "campaign_count", ["next_at"], postgresql_where=sa.text("next_at IS NOT NULL")
    )
    op.create_table(
        "campaign_figure",
        sa.Column("campaign_id", sa.BigInteger, nullable=False),
        sa.Column("period", sa.Text, nullable=False),
        sa.Column("arm", sa.Text, nullable=False),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in COUNTS),
        sa.Column("spent_squared", sa.Numeric(40, 0), nullable=False),
        sa.PrimaryKeyConstraint("campaign_id", "period", "arm", name=op.f("pk_campaign_figure")),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaign_count.campaign_id"],
            name=op.f("fk_campaign_figure_campaign_id_campaign_count"),
        ),
        *(sa.CheckConstraint(rule, name=op.f(f"ck_campaign_figure_{name}")) for name, rule in CHECKS.items()),
    )
    op.add_column("delivery", sa.Column("resent_at", INSTANT))
    op.create_index(
        "ix_delivery_dead",
        "delivery",
        ["campaign_id", "occurrence", "member_id"],
        postgresql_where=sa.text("state IN ('failed', 'in_doubt')"),
    )


def downgrade() -> None:
    op.drop_index("ix_delivery_dead", table_name="delivery")
    op.drop_column("delivery", "resent_at")
    op.drop_table("campaign_figure")
    op.drop_table("campaign_count")
    op.drop_constraint(op.f("ck_programme_attribution_range"), "programme")
    op.drop_column("programme", "attribution_days")
