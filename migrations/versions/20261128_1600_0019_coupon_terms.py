"""Coupon terms as versions that never change.

Every kind of coupon needs terms of its own, so they become one closed JSON object, said again in generated columns for
statements and constraints. An edit is a new row of the family; what coupons were issued under stays what it was.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

OLD_TERMS = ("kind", "value_fen", "min_spend_fen", "valid_days", "store_ids")

TERMS_OF_ROW = """
    jsonb_build_object('v', 1, 'kind', kind, 'value_fen', value_fen, 'min_spend_fen', min_spend_fen, 'valid_days', valid_days)
    || CASE WHEN store_ids = '{}' THEN '{}'::jsonb
            ELSE jsonb_build_object('stores', (SELECT jsonb_agg(code ORDER BY code) FROM store WHERE id = ANY (store_ids))) END
"""


def _said(name: str, kind: str, otherwise: str | None = None) -> sa.Computed:
    value = f"(terms ->> '{name}')::{kind}" if kind != "text" else f"terms ->> '{name}'"
    return sa.Computed(f"coalesce({value}, {otherwise})" if otherwise else value, persisted=True)


def upgrade() -> None:
    op.add_column("coupon_template", sa.Column("terms", postgresql.JSONB(), nullable=True))
    op.execute(f"UPDATE coupon_template SET terms = {TERMS_OF_ROW}")
    op.alter_column("coupon_template", "terms", nullable=False)
    for name in ("kind_known", "value_positive", "never_pays_out", "valid_days_range"):
        op.drop_constraint(op.f(f"ck_coupon_template_{name}"), "coupon_template")
    op.drop_constraint(op.f("uq_coupon_template_name"), "coupon_template")
    for name in OLD_TERMS:
        op.drop_column("coupon_template", name)
    op.add_column("coupon_template", sa.Column("family_id", sa.Uuid(), nullable=True))
    op.execute("UPDATE coupon_template SET family_id = public_id")
    op.alter_column("coupon_template", "family_id", nullable=False)
    op.add_column("coupon_template", sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    op.alter_column("coupon_template", "version", server_default=None)
    op.add_column("coupon_template", sa.Column("kind", sa.Text(), _said("kind", "text"), nullable=False))
    op.add_column(
        "coupon_template", sa.Column("value_fen", sa.BigInteger(), _said("value_fen", "bigint"), nullable=False)
    )
    op.add_column(
        "coupon_template",
        sa.Column("min_spend_fen", sa.BigInteger(), _said("min_spend_fen", "bigint", "0"), nullable=False),
    )
    op.add_column("coupon_template", sa.Column("uses", sa.Integer(), _said("uses", "integer", "1"), nullable=False))
    op.add_column(
        "coupon_template", sa.Column("life_limit", sa.Integer(), _said("life_limit", "integer", "0"), nullable=False)
    )
    op.add_column("coupon_template", sa.Column("created_by_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_coupon_template_created_by_id_staff"), "coupon_template", "staff", ["created_by_id"], ["id"]
    )
    checks = {
        "kind_known": "kind IN ('amount_off', 'percent_off', 'fixed_price', 'exchange', 'gift', 'experience')",
        "value_positive": "value_fen > 0",
        "never_pays_out": "kind <> 'amount_off' OR min_spend_fen >= value_fen",
        "uses_range": "uses BETWEEN 1 AND 100",
        "life_limit_range": "life_limit BETWEEN 0 AND 1000",
        "version_positive": "version > 0",
    }
    for name, rule in checks.items():
        op.create_check_constraint(op.f(f"ck_coupon_template_{name}"), "coupon_template", rule)
    for columns in (["family_id", "version"], ["name", "version"], ["id", "family_id", "life_limit"]):
        op.create_unique_constraint(op.f(f"uq_coupon_template_{'_'.join(columns)}"), "coupon_template", columns)
    op.execute(
        "CREATE TRIGGER tr_coupon_template_frozen BEFORE UPDATE ON coupon_template "
        "FOR EACH ROW EXECUTE FUNCTION refuse_rewrite()"
    )


def downgrade() -> None:
    """Only amount-off terms can be told the old way: others stop the downgrade at the old CHECK."""
    op.execute("DROP TRIGGER tr_coupon_template_frozen ON coupon_template")
    op.add_column("coupon_template", sa.Column("valid_days", sa.Integer(), nullable=True))
    op.add_column("coupon_template", sa.Column("store_ids", postgresql.ARRAY(sa.BigInteger()), nullable=True))
    for columns in (["family_id", "version"], ["name", "version"], ["id", "family_id", "life_limit"]):
        op.drop_constraint(op.f(f"uq_coupon_template_{'_'.join(columns)}"), "coupon_template")
    for name in (
        "kind_known",
        "value_positive",
        "never_pays_out",
        "uses_range",
        "life_limit_range",
        "version_positive",
    ):
        op.drop_constraint(op.f(f"ck_coupon_template_{name}"), "coupon_template")
    op.drop_constraint(op.f("fk_coupon_template_created_by_id_staff"), "coupon_template", type_="foreignkey")
    for name in ("kind", "value_fen", "min_spend_fen", "uses", "life_limit", "created_by_id"):
        op.drop_column("coupon_template", name)
    for name, kind in (("kind", sa.Text()), ("value_fen", sa.BigInteger()), ("min_spend_fen", sa.BigInteger())):
        op.add_column("coupon_template", sa.Column(name, kind, nullable=True))
    op.execute(
        """
        UPDATE coupon_template t
           SET kind = terms ->> 'kind', value_fen = (terms ->> 'value_fen')::bigint,
               min_spend_fen = coalesce((terms ->> 'min_spend_fen')::bigint, 0),
               valid_days = (terms ->> 'valid_days')::integer,
               name = name || CASE WHEN version > 1 THEN ' v' || version ELSE '' END,
               store_ids = coalesce((SELECT array_agg(s.id) FROM store s WHERE t.terms -> 'stores' ? s.code), '{}')
        """
    )
    for name in OLD_TERMS:
        op.alter_column("coupon_template", name, nullable=False)
    for name in ("terms", "version", "family_id"):
        op.drop_column("coupon_template", name)
    checks = {
        "kind_known": "kind IN ('amount_off')",
        "value_positive": "value_fen > 0",
        "never_pays_out": "min_spend_fen >= value_fen",
        "valid_days_range": "valid_days BETWEEN 1 AND 3650",
    }
    for name, rule in checks.items():
        op.create_check_constraint(op.f(f"ck_coupon_template_{name}"), "coupon_template", rule)
    op.create_unique_constraint(op.f("uq_coupon_template_name"), "coupon_template", ["name"])
