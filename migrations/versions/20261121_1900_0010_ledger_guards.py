"""The database itself refuses to rewrite history and to end a transaction with a ledger out of balance.

Append-only tables refuse UPDATE, DELETE and TRUNCATE for every role (I13, I17). Deferred constraint triggers compare, at
commit, a touched member's running totals with the last entry and with the open lots (I1): an amount can never be half booked.
A member who was merged away gets nothing new (I15): a request that began before the merge is told to come again.
"""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

APPEND_ONLY = (
    "points_entry",
    "points_lot_use",
    "growth_entry",
    "subscription_grant_entry",
    "consent",
    "member_merge",
    "audit_entry",
)

# New business of a member; the ledger's own moves and reversals may still book on one who was merged away.
ONLY_ACTIVE = {
    "check_in": "",
    "purchase": "",
    "coupon": "",
    "counter_visit": "",
    "consent": "",
    "member_session": "",
    "member_identity": "",
    "points_entry": "WHEN (NEW.kind IN ('earn', 'spend'))",
}


def upgrade() -> None:
    op.execute(
        """
        CREATE FUNCTION refuse_rewrite() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'table % is append-only', TG_TABLE_NAME
                USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
        END $$
        """
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER tr_{table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_rewrite()"
        )
        op.execute(
            f"CREATE TRIGGER tr_{table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewrite()"
        )
    op.execute(
        """
        CREATE FUNCTION check_points_in_balance() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
            who bigint := NEW.member_id;
            account member_account%ROWTYPE;
            lots bigint;
            last_balance bigint;
            last_owed bigint;
        BEGIN
            SELECT * INTO account FROM member_account WHERE member_id = who;
            SELECT coalesce(sum(remaining), 0) INTO lots FROM points_lot WHERE member_id = who AND remaining > 0;
            SELECT balance_after, owed_after INTO last_balance, last_owed
                FROM points_entry WHERE member_id = who AND seq = account.points_seq;
            IF lots <> account.points_balance
               OR coalesce(last_balance, 0) <> account.points_balance
               OR coalesce(last_owed, 0) <> account.points_owed THEN
                RAISE EXCEPTION 'points out of balance: account %/%, lots %, last entry %/%',
                    account.points_balance, account.points_owed, lots, last_balance, last_owed
                    USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;
            END IF;
            RETURN NULL;
        END $$
        """
    )
    op.execute(
        """
        CREATE FUNCTION check_growth_in_balance() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
            account member_account%ROWTYPE;
            last_growth bigint;
        BEGIN
            SELECT * INTO account FROM member_account WHERE member_id = NEW.member_id;
            SELECT growth_after INTO last_growth
                FROM growth_entry WHERE member_id = NEW.member_id AND seq = account.growth_seq;
            IF coalesce(last_growth, 0) <> account.growth_value THEN
                RAISE EXCEPTION 'growth out of balance: account %, last entry %', account.growth_value, last_growth
                    USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;
            END IF;
            RETURN NULL;
        END $$
        """
    )
    op.execute(
        """
        CREATE FUNCTION refuse_inactive_member() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
            state text;
        BEGIN
            -- The lock the foreign key takes anyway, taken earlier: it waits for a merge under way and sees its outcome.
            SELECT status INTO state FROM member WHERE id = NEW.member_id FOR KEY SHARE;
            IF state <> 'active' THEN
                RAISE EXCEPTION 'member % is %', NEW.member_id, state
                    USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;
            END IF;
            RETURN NEW;
        END $$
        """
    )
    for table, condition in ONLY_ACTIVE.items():
        op.execute(
            f"CREATE TRIGGER tr_{table}_only_active BEFORE INSERT ON {table} "
            f"FOR EACH ROW {condition} EXECUTE FUNCTION refuse_inactive_member()"
        )
    _constraint_trigger("points_entry", "INSERT", "check_points_in_balance")
    _constraint_trigger("points_lot", "INSERT OR UPDATE OF remaining", "check_points_in_balance")
    _constraint_trigger("growth_entry", "INSERT", "check_growth_in_balance")


def downgrade() -> None:
    for table in ("points_entry", "points_lot"):
        op.execute(f"DROP TRIGGER tr_{table}_in_balance ON {table}")
    op.execute("DROP TRIGGER tr_growth_entry_in_balance ON growth_entry")
    for table in ONLY_ACTIVE:
        op.execute(f"DROP TRIGGER tr_{table}_only_active ON {table}")
    op.execute("DROP FUNCTION refuse_inactive_member()")
    op.execute("DROP FUNCTION check_growth_in_balance()")
    op.execute("DROP FUNCTION check_points_in_balance()")
    for table in APPEND_ONLY:
        op.execute(f"DROP TRIGGER tr_{table}_no_truncate ON {table}")
        op.execute(f"DROP TRIGGER tr_{table}_append_only ON {table}")
    op.execute("DROP FUNCTION refuse_rewrite()")


def _constraint_trigger(table: str, event: str, function: str) -> None:
    op.execute(
        f"CREATE CONSTRAINT TRIGGER tr_{table}_in_balance AFTER {event} ON {table} "
        f"DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION {function}()"
    )
