"""Points that are pending, held, adjusted by hand; lots that remember who first earned them; partial reversals (I1, I13).

Both ledgers refuse reversals that sum above their original, or that undo an undo. What a lot or a hold was agreed to be does
not change; a hold ends once; what holds promise, what lots hold and the account's total agree at every commit.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

# Columns that say what was agreed.
LOT_TERMS = (
    "member_id",
    "id",
    "entry_id",
    "granted",
    "earned_at",
    "available_at",
    "expires_at",
    "root_member_id",
    "root_entry_id",
)
HOLD_TERMS = ("member_id", "id", "public_id", "amount", "source", "created_at", "expires_at")

KEPT = ("points_lot", "points_hold", "points_hold_lot")

# Whatever moves a promise: trigger, event, table, when.
HELD_CHANGES = (
    ("tr_points_hold_in_balance", "INSERT OR UPDATE", "points_hold", ""),
    ("tr_points_hold_lot_in_balance", "INSERT", "points_hold_lot", ""),
    ("tr_points_lot_held_in_balance", "UPDATE OF held", "points_lot", "WHEN (OLD.held <> NEW.held)"),
    ("tr_points_lot_new_held_in_balance", "INSERT", "points_lot", "WHEN (NEW.held <> 0)"),
    (
        "tr_member_account_held_in_balance",
        "UPDATE OF points_held",
        "member_account",
        "WHEN (OLD.points_held <> NEW.points_held)",
    ),
)


def upgrade() -> None:
    _tables()
    _reversals()
    _terms()
    _holds()
    # New business of a member who was merged away is refused (I15): holds and corrections too.
    op.execute(
        "CREATE TRIGGER tr_points_hold_only_active BEFORE INSERT ON points_hold "
        "FOR EACH ROW EXECUTE FUNCTION refuse_inactive_member()"
    )
    _only_active("'earn', 'spend', 'adjust'")


def _only_active(kinds: str) -> None:
    op.execute("DROP TRIGGER tr_points_entry_only_active ON points_entry")
    op.execute(
        "CREATE TRIGGER tr_points_entry_only_active BEFORE INSERT ON points_entry "
        f"FOR EACH ROW WHEN (NEW.kind IN ({kinds})) EXECUTE FUNCTION refuse_inactive_member()"
    )


def _reversals() -> None:
    op.execute(
        """
        CREATE FUNCTION check_points_reversal() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
            original points_entry%ROWTYPE;
            undone numeric;
        BEGIN
            -- Held already by every writer of ours; whoever comes another way waits here and then sees all reversals.
            PERFORM FROM member_account WHERE member_id = NEW.member_id FOR UPDATE;
            SELECT * INTO original FROM points_entry WHERE member_id = NEW.member_id AND id = NEW.reverses_id;
            SELECT coalesce(sum(amount), 0) INTO undone
                FROM points_entry WHERE member_id = NEW.member_id AND reverses_id = NEW.reverses_id;
            IF original.kind NOT IN ('earn', 'spend', 'adjust') OR undone + NEW.amount > original.amount THEN
                RAISE EXCEPTION 'reversal above its original: % of %, % undone already', NEW.amount, original.amount, undone
                    USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;
            END IF;
            RETURN NEW;
        END $$
        """
    )
    op.execute(
        """
        CREATE FUNCTION check_growth_reversal() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
            original growth_entry%ROWTYPE;
            undone numeric;
        BEGIN
            PERFORM FROM member_account WHERE member_id = NEW.member_id FOR UPDATE;
            SELECT * INTO original FROM growth_entry WHERE member_id = NEW.member_id AND id = NEW.reverses_id;
            SELECT coalesce(sum(delta), 0) INTO undone
                FROM growth_entry WHERE member_id = NEW.member_id AND reverses_id = NEW.reverses_id;
            IF original.reverses_id IS NOT NULL OR sign(NEW.delta) <> -sign(original.delta)
               OR abs(undone + NEW.delta) > abs(original.delta) THEN
                RAISE EXCEPTION 'reversal above its original: % of %, % undone already', NEW.delta, original.delta, undone
                    USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;
            END IF;
            RETURN NEW;
        END $$
        """
    )
    for ledger in ("points", "growth"):
        op.execute(
            f"CREATE TRIGGER tr_{ledger}_entry_reversal_within BEFORE INSERT ON {ledger}_entry FOR EACH ROW "
            f"WHEN (NEW.reverses_id IS NOT NULL) EXECUTE FUNCTION check_{ledger}_reversal()"
        )


def _terms() -> None:
    op.execute(
        "CREATE TRIGGER tr_points_lot_terms_fixed BEFORE UPDATE ON points_lot FOR EACH ROW "
        f"WHEN ({_changed(LOT_TERMS)}) EXECUTE FUNCTION refuse_rewrite()"
    )
    op.execute(
        "CREATE TRIGGER tr_points_hold_ends_once BEFORE UPDATE ON points_hold FOR EACH ROW "
        f"WHEN (OLD.state <> 'held' OR {_changed(HOLD_TERMS)}) EXECUTE FUNCTION refuse_rewrite()"
    )
    op.execute(
        "CREATE TRIGGER tr_points_hold_lot_terms_fixed BEFORE UPDATE ON points_hold_lot "
        "FOR EACH ROW EXECUTE FUNCTION refuse_rewrite()"
    )
    for table in KEPT:
        op.execute(
            f"CREATE TRIGGER tr_{table}_kept BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_rewrite()"
        )
        op.execute(
            f"CREATE TRIGGER tr_{table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewrite()"
        )


def _changed(columns: tuple[str, ...]) -> str:
    return " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in columns)


def _holds() -> None:
    # Beside check_points_in_balance, not inside it: whoever holds nothing pays nothing.
    op.execute(
        """
        CREATE FUNCTION check_points_held_in_balance() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
            who bigint := NEW.member_id;
            total bigint;
            lots numeric;
            holds numeric;
            apart bigint;
        BEGIN
            SELECT points_held INTO total FROM member_account WHERE member_id = who;
            SELECT coalesce(sum(held), 0) INTO lots FROM points_lot WHERE member_id = who AND remaining > 0;
            SELECT coalesce(sum(amount), 0) INTO holds FROM points_hold WHERE member_id = who AND state = 'held';
            SELECT count(*) INTO apart FROM (
                SELECT part.lot_id, sum(part.amount) AS promised FROM points_hold_lot AS part
                  JOIN points_hold AS hold ON hold.member_id = part.member_id AND hold.id = part.hold_id
                 WHERE hold.member_id = who AND hold.state = 'held' GROUP BY part.lot_id
            ) AS promise
              FULL JOIN (SELECT id, held FROM points_lot WHERE member_id = who AND remaining > 0 AND held > 0) AS lot
                ON lot.id = promise.lot_id
             WHERE lot.held IS DISTINCT FROM promise.promised;
            IF total <> lots OR total <> holds OR apart > 0 THEN
                RAISE EXCEPTION 'held points out of balance: account %, lots %, holds %, lots apart %',
                    total, lots, holds, apart USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;
            END IF;
            RETURN NULL;
        END $$
        """
    )
    for name, event, table, condition in HELD_CHANGES:
        op.execute(
            f"CREATE CONSTRAINT TRIGGER {name} AFTER {event} ON {table} DEFERRABLE INITIALLY DEFERRED "
            f"FOR EACH ROW {condition} EXECUTE FUNCTION check_points_held_in_balance()"
        )


def _tables() -> None:
    op.create_table(
        "adjustment",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("ledger", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("reason_code", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("needs_approval", sa.Boolean(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("requested_by_id", sa.BigInteger(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(needs_approval AND state <> 'waiting') = (decided_by_id IS NOT NULL) AND (decided_by_id IS NULL) = (decided_at IS NULL)",
            name=op.f("ck_adjustment_decision_whole"),
        ),
        sa.CheckConstraint("ledger IN ('points', 'growth')", name=op.f("ck_adjustment_ledger_known")),
        sa.CheckConstraint(
            "reason_code IN ('service', 'goodwill', 'mistake', 'fraud', 'migration')",
            name=op.f("ck_adjustment_reason_known"),
        ),
        sa.CheckConstraint("state <> 'waiting' OR needs_approval", name=op.f("ck_adjustment_waiting_needs_approval")),
        sa.CheckConstraint("state IN ('waiting', 'booked', 'rejected')", name=op.f("ck_adjustment_state_known")),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_adjustment_amount_not_zero")),
        sa.CheckConstraint("decided_by_id <> requested_by_id", name=op.f("ck_adjustment_second_person")),
        sa.CheckConstraint("length(reason) >= 4", name=op.f("ck_adjustment_reason_told")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["staff.id"], name=op.f("fk_adjustment_decided_by_id_staff")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member_account.member_id"], name=op.f("fk_adjustment_member_id_member_account")
        ),
        sa.ForeignKeyConstraint(["requested_by_id"], ["staff.id"], name=op.f("fk_adjustment_requested_by_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_adjustment")),
        sa.UniqueConstraint("public_id", name=op.f("uq_adjustment_public_id")),
    )
    op.create_index("ix_adjustment_member_id_id", "adjustment", ["member_id", "id"], unique=False)
    op.create_index(
        "ix_adjustment_requested_by_id_business_date", "adjustment", ["requested_by_id", "business_date"], unique=False
    )
    op.create_index(
        "ix_adjustment_waiting", "adjustment", ["id"], unique=False, postgresql_where=sa.text("state = 'waiting'")
    )
    op.create_table(
        "points_hold",
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("entry_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(state = 'captured') = (entry_id IS NOT NULL)", name=op.f("ck_points_hold_captured_has_entry")
        ),
        sa.CheckConstraint("(state = 'held') = (ended_at IS NULL)", name=op.f("ck_points_hold_ended_has_time")),
        sa.CheckConstraint(
            "state IN ('held', 'captured', 'released', 'expired')", name=op.f("ck_points_hold_state_known")
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_points_hold_amount_positive")),
        sa.CheckConstraint("expires_at > created_at", name=op.f("ck_points_hold_interval_forward")),
        sa.ForeignKeyConstraint(
            ["member_id", "entry_id"],
            ["points_entry.member_id", "points_entry.id"],
            name=op.f("fk_points_hold_member_id_entry_id_points_entry"),
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member_account.member_id"], name=op.f("fk_points_hold_member_id_member_account")
        ),
        sa.PrimaryKeyConstraint("member_id", "id", name=op.f("pk_points_hold")),
        sa.UniqueConstraint("member_id", "source", name=op.f("uq_points_hold_member_id_source")),
        sa.UniqueConstraint("public_id", name=op.f("uq_points_hold_public_id")),
    )
    op.create_index(
        "ix_points_hold_due",
        "points_hold",
        ["expires_at", "member_id"],
        unique=False,
        postgresql_where=sa.text("state = 'held'"),
    )
    op.create_index(
        "ix_points_hold_open", "points_hold", ["member_id"], unique=False, postgresql_where=sa.text("state = 'held'")
    )
    op.create_table(
        "points_hold_lot",
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("hold_id", sa.BigInteger(), nullable=False),
        sa.Column("lot_id", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_points_hold_lot_amount_positive")),
        sa.ForeignKeyConstraint(
            ["member_id", "hold_id"],
            ["points_hold.member_id", "points_hold.id"],
            name=op.f("fk_points_hold_lot_member_id_hold_id_points_hold"),
        ),
        sa.ForeignKeyConstraint(
            ["member_id", "lot_id"],
            ["points_lot.member_id", "points_lot.id"],
            name=op.f("fk_points_hold_lot_member_id_lot_id_points_lot"),
        ),
        sa.PrimaryKeyConstraint("member_id", "hold_id", "lot_id", name=op.f("pk_points_hold_lot")),
    )
    op.create_index("ix_points_hold_lot_lot", "points_hold_lot", ["member_id", "lot_id"], unique=False)
    op.add_column("points_entry", sa.Column("rule_version_id", sa.BigInteger(), nullable=True))
    op.drop_index(
        op.f("uq_points_entry_reversal"), table_name="points_entry", postgresql_where="(reverses_id IS NOT NULL)"
    )
    op.create_index(
        "ix_points_entry_reversal",
        "points_entry",
        ["member_id", "reverses_id"],
        unique=False,
        postgresql_where=sa.text("reverses_id IS NOT NULL"),
    )
    op.create_foreign_key(
        op.f("fk_points_entry_rule_version_id_earning_rule_version"),
        "points_entry",
        "earning_rule_version",
        ["rule_version_id"],
        ["id"],
    )
    op.add_column("points_lot", sa.Column("held", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("points_lot", sa.Column("available_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("points_lot", sa.Column("root_member_id", sa.BigInteger(), nullable=True))
    op.add_column("points_lot", sa.Column("root_entry_id", sa.BigInteger(), nullable=True))
    op.create_index(
        "ix_points_lot_root",
        "points_lot",
        ["root_member_id", "root_entry_id"],
        unique=False,
        postgresql_where=sa.text("root_entry_id IS NOT NULL"),
    )
    op.create_foreign_key(
        op.f("fk_points_lot_root_member_id_root_entry_id_points_entry"),
        "points_lot",
        "points_entry",
        ["root_member_id", "root_entry_id"],
        ["member_id", "id"],
    )
    op.create_check_constraint(op.f("ck_points_lot_held_in_range"), "points_lot", "held BETWEEN 0 AND remaining")
    op.create_check_constraint(op.f("ck_points_lot_available_before_expiry"), "points_lot", "available_at < expires_at")
    op.create_check_constraint(
        op.f("ck_points_lot_root_whole"), "points_lot", "(root_member_id IS NULL) = (root_entry_id IS NULL)"
    )
    op.add_column("member_account", sa.Column("points_held", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("member_account", sa.Column("booked_at", sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint(
        op.f("ck_member_account_points_held_in_balance"), "member_account", "points_held BETWEEN 0 AND points_balance"
    )


def downgrade() -> None:
    _only_active("'earn', 'spend'")
    op.execute("DROP TRIGGER tr_points_hold_only_active ON points_hold")
    for name, _event, table, _condition in HELD_CHANGES:
        op.execute(f"DROP TRIGGER {name} ON {table}")
    op.execute("DROP FUNCTION check_points_held_in_balance()")
    for table in KEPT:
        op.execute(f"DROP TRIGGER tr_{table}_no_truncate ON {table}")
        op.execute(f"DROP TRIGGER tr_{table}_kept ON {table}")
    op.execute("DROP TRIGGER tr_points_hold_lot_terms_fixed ON points_hold_lot")
    op.execute("DROP TRIGGER tr_points_hold_ends_once ON points_hold")
    op.execute("DROP TRIGGER tr_points_lot_terms_fixed ON points_lot")
    for ledger in ("points", "growth"):
        op.execute(f"DROP TRIGGER tr_{ledger}_entry_reversal_within ON {ledger}_entry")
        op.execute(f"DROP FUNCTION check_{ledger}_reversal()")
    op.drop_constraint(op.f("ck_member_account_points_held_in_balance"), "member_account", type_="check")
    op.drop_column("member_account", "booked_at")
    op.drop_column("member_account", "points_held")
    op.drop_constraint(op.f("ck_points_lot_root_whole"), "points_lot", type_="check")
    op.drop_constraint(op.f("ck_points_lot_available_before_expiry"), "points_lot", type_="check")
    op.drop_constraint(op.f("ck_points_lot_held_in_range"), "points_lot", type_="check")
    op.drop_constraint(
        op.f("fk_points_lot_root_member_id_root_entry_id_points_entry"), "points_lot", type_="foreignkey"
    )
    op.drop_index("ix_points_lot_root", table_name="points_lot", postgresql_where=sa.text("root_entry_id IS NOT NULL"))
    op.drop_column("points_lot", "root_entry_id")
    op.drop_column("points_lot", "root_member_id")
    op.drop_column("points_lot", "available_at")
    op.drop_column("points_lot", "held")
    op.drop_constraint(op.f("fk_points_entry_rule_version_id_earning_rule_version"), "points_entry", type_="foreignkey")
    op.drop_index(
        "ix_points_entry_reversal", table_name="points_entry", postgresql_where=sa.text("reverses_id IS NOT NULL")
    )
    op.create_index(
        op.f("uq_points_entry_reversal"),
        "points_entry",
        ["member_id", "reverses_id", "from_account"],
        unique=True,
        postgresql_where="(reverses_id IS NOT NULL)",
    )
    op.drop_column("points_entry", "rule_version_id")
    op.drop_index("ix_points_hold_lot_lot", table_name="points_hold_lot")
    op.drop_table("points_hold_lot")
    op.drop_index("ix_points_hold_open", table_name="points_hold", postgresql_where=sa.text("state = 'held'"))
    op.drop_index("ix_points_hold_due", table_name="points_hold", postgresql_where=sa.text("state = 'held'"))
    op.drop_table("points_hold")
    op.drop_index("ix_adjustment_waiting", table_name="adjustment", postgresql_where=sa.text("state = 'waiting'"))
    op.drop_index("ix_adjustment_requested_by_id_business_date", table_name="adjustment")
    op.drop_index("ix_adjustment_member_id_id", table_name="adjustment")
    op.drop_table("adjustment")
