"""Which templates to ask for at which moment; topics that cannot be switched off; choices made before somebody enrolled.

Scenes are data: the client grows moments faster than the server is deployed. Of the topics there are, only service notices are
owed to a member whatever they wish. WeChat's events of strangers were kept but could not be found again by their OpenID.
"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "subscription_scene",
        sa.Column("scene", sa.Text(), nullable=False),
        sa.Column("message_template_id", sa.BigInteger(), nullable=False),
        sa.Column("weight", sa.Integer(), server_default="10", nullable=False),
        sa.CheckConstraint("scene ~ '^[a-z][a-z0-9_]{0,31}$'", name=op.f("ck_subscription_scene_scene_shape")),
        sa.CheckConstraint("weight BETWEEN 1 AND 100", name=op.f("ck_subscription_scene_weight_range")),
        sa.ForeignKeyConstraint(
            ["message_template_id"],
            ["message_template.id"],
            name=op.f("fk_subscription_scene_message_template_id_message_template"),
        ),
        sa.PrimaryKeyConstraint("scene", "message_template_id", name=op.f("pk_subscription_scene")),
    )
    op.add_column(
        "message_topic", sa.Column("is_required", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.execute("UPDATE message_topic SET is_required = true WHERE code = 'service'")
    op.create_check_constraint(
        op.f("ck_message_topic_marketing_can_be_refused"), "message_topic", "NOT (is_marketing AND is_required)"
    )
    op.create_index(
        "ix_wechat_event_choices",
        "wechat_event",
        ["openid", "id"],
        postgresql_where=sa.text("event IN ('subscribe_msg_popup_event', 'subscribe_msg_change_event')"),
    )


def downgrade() -> None:
    op.drop_index("ix_wechat_event_choices", table_name="wechat_event")
    op.drop_constraint(op.f("ck_message_topic_marketing_can_be_refused"), "message_topic")
    op.drop_column("message_topic", "is_required")
    op.drop_table("subscription_scene")
