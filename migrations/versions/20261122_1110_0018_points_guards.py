"""The database itself refuses reversals above the original, changed lots, holds that end twice, promises that do not add up.

Both ledgers refuse reversals that sum above their original, or that undo an undo. What a lot or a hold was agreed to be does
not change; a hold ends once; what holds promise, what lots hold and the account's total agree at every commit. The last entry
of a ledger is the one its account counts: one more behind it is refused as well.
"""

from alembic import op

revision = "0018"
down_revision = "0017"
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

# The entry with the highest number must be the account's last, and say what the account and the lots say.
IN_BALANCE = """
    CREATE OR REPLACE FUNCTION check_points_in_balance() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        who bigint := NEW.member_id;
        account member_account%ROWTYPE;
        last points_entry%ROWTYPE;
        lots bigint;
    BEGIN
        SELECT * INTO account FROM member_account WHERE member_id = who;
        SELECT coalesce(sum(remaining), 0) INTO lots FROM points_lot WHERE member_id = who AND remaining > 0;
        SELECT * INTO last FROM points_entry WHERE member_id = who ORDER BY seq DESC LIMIT 1;
        IF lots <> account.points_balance
           OR coalesce(last.seq, 0) <> account.points_seq
           OR coalesce(last.balance_after, 0) <> account.points_balance
           OR coalesce(last.owed_after, 0) <> account.points_owed THEN
            RAISE EXCEPTION 'points out of balance: account %/%, lots %, last entry %/%',
                account.points_balance, account.points_owed, lots, last.balance_after, last.owed_after
                USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;
        END IF;
        RETURN NULL;
    END $$
"""
# As it was before.
IN_BALANCE_BEFORE = """
        CREATE OR REPLACE FUNCTION check_points_in_balance() RETURNS trigger LANGUAGE plpgsql AS $$
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


def upgrade() -> None:
    op.execute(IN_BALANCE)
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
    op.execute(IN_BALANCE_BEFORE)
