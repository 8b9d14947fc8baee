"""The database itself keeps the points ledger, whatever the code does: each line fails without its constraint or trigger.

Run as the owner of the database, whom no grant holds back; every statement is rolled back.
"""

# ruff: noqa: S608, E501
from collections.abc import Iterator
from datetime import timedelta

import psycopg
import pytest

from app.extensions import db
from app.services import points
from app.transaction import transaction
from tests.conftest import NOON, clone_database, make_app
from tests.factories.members import make_member

ENTRY = """
    INSERT INTO points_entry (member_id, seq, kind, from_account, to_account, amount, balance_after, owed_after, source,
                              reverses_id, business_date, occurred_at, recorded_at)
    SELECT member_id, points_seq + 1, {kind}, {from_}, {to}, {amount}, {balance}, {owed}, {source}, {reverses},
           '2026-11-20', now(), now()
      FROM member_account WHERE member_id = (SELECT min(member_id) FROM points_entry)
"""
PLAIN = {
    "kind": "'earn'",
    "from_": "'issue'",
    "to": "'member'",
    "amount": "5",
    "balance": "points_balance + 5",
    "owed": "points_owed",
    "source": "'new'",
    "reverses": "NULL",
}
MEMBER, GONE = "(SELECT min(member_id) FROM points_entry)", "(SELECT max(member_id) FROM member_account)"
BILL, GIFT, UNDO = (f"(SELECT id FROM points_entry WHERE source = '{source}')" for source in ("bill", "gift", "undo"))
REVERSAL = {"kind": "'reverse'", "from_": "'member'", "to": "'issue'", "reverses": BILL}
LOT = """
    INSERT INTO points_lot (member_id, entry_id, granted, remaining, held, earned_at, available_at, expires_at,
                            root_member_id, root_entry_id)
    SELECT member_id, {entry}, {granted}, {remaining}, {held}, now(), {available}, {expires}, {root_member}, {root}
      FROM points_lot LIMIT 1
"""
PLAIN_LOT = {
    "entry": "entry_id",
    "granted": "5",
    "remaining": "0",
    "held": "0",
    "available": "NULL",
    "expires": "NULL",
    "root_member": "NULL",
    "root": "NULL",
}
HOLD = """
    INSERT INTO points_hold (member_id, public_id, amount, source, state, created_at, expires_at, ended_at, entry_id)
    SELECT {member}, {public}, {amount}, {source}, {state}, created_at, {expires}, {ended}, {entry}
      FROM points_hold WHERE source = 'held'
"""
PLAIN_HOLD = {
    "member": "member_id",
    "public": "gen_random_uuid()",
    "amount": "5",
    "source": "'new'",
    "state": "'released'",
    "expires": "expires_at",
    "ended": "created_at",
    "entry": "NULL",
}


def entry(**changes: str) -> str:
    return ENTRY.format(**{**PLAIN, **changes})


def reversal(**changes: str) -> str:
    return ENTRY.format(**{**PLAIN, **REVERSAL, "balance": "points_balance", **changes})


def lot(**changes: str) -> str:
    return LOT.format(**{**PLAIN_LOT, **changes})


def hold(**changes: str) -> str:
    return HOLD.format(**{**PLAIN_HOLD, **changes})


@pytest.fixture(scope="module")
def lived_in() -> Iterator[str]:
    """A committed ledger with a bill, a gift undone, a partial refund, a live hold and an ended one; its owner's URL."""
    url = clone_database()
    app = make_app(database_url=url)
    with app.app_context():
        with transaction():
            member = make_member()
            points.earn(member.id, amount=100, source="bill", now=NOON)
            points.earn(member.id, amount=50, source="other", now=NOON)
            points.spend(member.id, amount=30, source="gift", now=NOON)
            points.reverse(member.id, source="gift", reversal_source="undo", now=NOON)
            points.take_back(member.id, source="bill", reversal_source="refund", upto=40, now=NOON)
            until = NOON + timedelta(hours=1)
            points.hold(member.id, amount=20, source="held", expires_at=until, now=NOON)
            points.release(
                points.hold(member.id, amount=7, source="ended", expires_at=until, now=NOON).public_id, now=NOON
            )
            gone = make_member()
            db.session.flush()
            gone.status, gone.merged_into_id = "merged", member.id
        db.session.remove()
        db.engine.dispose()
    yield url
    with psycopg.connect(url.rsplit("/", 1)[0] + "/postgres", autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{url.rsplit("/", 1)[1]}" WITH (FORCE)')


# Rows the ledger's foreign keys would need are there; what is wrong is the one thing named.
REFUSED = [
    ("pk_points_entry", "INSERT INTO points_entry (member_id, id, seq, kind, from_account, to_account, amount, balance_after,"
     " owed_after, source, business_date, occurred_at, recorded_at) OVERRIDING SYSTEM VALUE SELECT member_id, id, 99, kind,"
     " from_account, to_account, amount, 0, 0, 'new', business_date, now(), now() FROM points_entry WHERE source = 'bill'"),
    ("uq_points_entry_member_id_seq", entry().replace("points_seq + 1", "points_seq")),
    ("uq_points_entry_member_id_source", entry(source="'bill'")),
    ("fk_points_entry_member_id_member_account", entry(kind="'settle'").replace("SELECT member_id,", "SELECT 99999,")),
    ("fk_points_entry_member_id_reverses_id_points_entry", reversal(reverses="99999")),
    ("fk_points_entry_rule_version_id_earning_rule_version", entry().replace(" source,", " source, rule_version_id,").replace("'new'", "'new', 99999")),
    ("ck_points_entry_amount_positive", entry(amount="0")),
    ("ck_points_entry_from_account_known", entry(from_="'bank'")),
    ("ck_points_entry_to_account_known", entry(from_="'member'", to="'bank'")),
    ("ck_points_entry_two_accounts", entry(from_="'member'")),
    ("ck_points_entry_touches_member", entry(to="'spend'")),
    ("ck_points_entry_after_not_negative", entry(balance="-1")),
    ("ck_points_entry_after_not_negative", entry(owed="-1")),
    ("ck_points_entry_kind_known", entry(kind="'gift'")),
    ("ck_points_entry_reversal_names_entry", entry(kind="'reverse'")),
    ("ck_points_entry_reversal_names_entry", reversal(kind="'earn'")),
    ("tr_points_entry_append_only", "UPDATE points_entry SET amount = amount + 1"),
    ("tr_points_entry_append_only", "DELETE FROM points_entry"),
    ("tr_points_entry_no_truncate", "TRUNCATE points_entry CASCADE"),
    ("tr_points_entry_in_balance", entry(balance="points_balance + 4")),
    ("tr_points_entry_only_active", entry().replace(MEMBER, GONE)),
    ("tr_points_entry_only_active", entry(kind="'adjust'").replace(MEMBER, GONE)),
    # Sixty of the bill are left to undo.
    ("tr_points_entry_reversal_within", reversal(amount="61")),
    ("tr_points_entry_reversal_within", reversal(reverses=GIFT, from_="'spend'", to="'member'", amount="1")),
    ("tr_points_entry_reversal_within", reversal(reverses=UNDO, amount="1")),
    ("pk_points_lot", "INSERT INTO points_lot (member_id, id, entry_id, granted, remaining, earned_at) OVERRIDING SYSTEM VALUE"
     " SELECT member_id, id, entry_id, 1, 0, now() FROM points_lot LIMIT 1"),
    ("ck_points_lot_granted_positive", lot(granted="0")),
    ("ck_points_lot_remaining_in_range", lot(remaining="6")),
    ("ck_points_lot_held_in_range", lot(held="1")),
    ("ck_points_lot_held_in_range", lot(held="-1")),
    ("ck_points_lot_available_before_expiry", lot(available="now()", expires="now()")),
    ("ck_points_lot_root_whole", lot(root_member="member_id")),
    ("ck_points_lot_root_whole", lot(root="entry_id")),
    ("fk_points_lot_member_id_entry_id_points_entry", lot(entry="99999")),
    ("fk_points_lot_root_member_id_root_entry_id_points_entry", lot(root_member="member_id", root="99999")),
    ("tr_points_lot_in_balance", "UPDATE points_lot SET remaining = remaining - 1 WHERE remaining > held"),
    ("tr_points_lot_in_balance", lot(remaining="5")),
    ("tr_points_lot_new_held_in_balance", "SET CONSTRAINTS tr_points_lot_in_balance DEFERRED; SET CONSTRAINTS"
     " tr_points_lot_new_held_in_balance IMMEDIATE; " + lot(remaining="5", held="5")),
    ("tr_points_lot_held_in_balance", "UPDATE points_lot SET held = held + 1 WHERE held > 0"),
    ("tr_points_lot_kept", "DELETE FROM points_lot"),
    ("tr_points_lot_no_truncate", "TRUNCATE points_lot CASCADE"),
    *(
        ("tr_points_lot_terms_fixed", f"UPDATE points_lot SET {change}")
        for change in (
            "member_id = member_id + 1", "id = DEFAULT", "entry_id = entry_id + 1", "granted = granted + 1",
            "earned_at = earned_at - interval '1 day'", "available_at = earned_at", "expires_at = NULL",
            "root_member_id = member_id, root_entry_id = entry_id",
        )
    ),
    ("pk_points_lot_use", "INSERT INTO points_lot_use SELECT * FROM points_lot_use LIMIT 1"),
    ("ck_points_lot_use_amount_positive", f"INSERT INTO points_lot_use SELECT member_id, {BILL}, lot_id, 0 FROM points_lot_use LIMIT 1"),
    ("fk_points_lot_use_member_id_entry_id_points_entry", "INSERT INTO points_lot_use SELECT member_id, 99999, lot_id, 1 FROM points_lot_use LIMIT 1"),
    ("fk_points_lot_use_member_id_lot_id_points_lot", f"INSERT INTO points_lot_use SELECT member_id, {BILL}, 99999, 1 FROM points_lot_use LIMIT 1"),
    ("tr_points_lot_use_append_only", "UPDATE points_lot_use SET amount = amount + 1"),
    ("tr_points_lot_use_append_only", "DELETE FROM points_lot_use"),
    ("tr_points_lot_use_no_truncate", "TRUNCATE points_lot_use"),
    ("pk_points_hold", "INSERT INTO points_hold (member_id, id, public_id, amount, source, state, created_at, expires_at, ended_at)"
     " OVERRIDING SYSTEM VALUE SELECT member_id, id, gen_random_uuid(), 1, 'new', 'released', created_at, expires_at, created_at"
     " FROM points_hold"),
    ("uq_points_hold_public_id", hold(public="public_id")),
    ("uq_points_hold_member_id_source", hold(source="source")),
    ("ck_points_hold_amount_positive", hold(amount="0")),
    ("ck_points_hold_interval_forward", hold(expires="created_at")),
    ("ck_points_hold_state_known", hold(state="'lost'")),
    ("ck_points_hold_ended_has_time", hold(ended="NULL")),
    ("ck_points_hold_ended_has_time", hold(state="'held'")),
    ("ck_points_hold_captured_has_entry", hold(state="'captured'")),
    ("ck_points_hold_captured_has_entry", hold(entry=GIFT)),
    ("fk_points_hold_member_id_entry_id_points_entry", hold(state="'captured'", entry="99999")),
    ("fk_points_hold_member_id_member_account", hold(member="99999")),
    ("tr_points_hold_only_active", hold(member=GONE)),
    ("tr_points_hold_in_balance", hold(state="'held'", ended="NULL")),
    ("tr_points_hold_ends_once", "UPDATE points_hold SET state = 'held', ended_at = NULL WHERE state = 'released'"),
    *(
        ("tr_points_hold_ends_once", f"UPDATE points_hold SET {change} WHERE state = 'held'")
        for change in (
            "member_id = member_id + 1", "id = DEFAULT", "public_id = gen_random_uuid()", "amount = amount + 1",
            "source = 'new'", "created_at = created_at - interval '1 day'", "expires_at = expires_at + interval '1 day'",
        )
    ),
    ("tr_points_hold_kept", "DELETE FROM points_hold"),
    ("tr_points_hold_no_truncate", "TRUNCATE points_hold CASCADE"),
    ("pk_points_hold_lot", "INSERT INTO points_hold_lot SELECT * FROM points_hold_lot LIMIT 1"),
    ("ck_points_hold_lot_amount_positive", "INSERT INTO points_hold_lot SELECT member_id, hold_id, lot_id + 1, 0 FROM points_hold_lot"),
    ("fk_points_hold_lot_member_id_hold_id_points_hold", "INSERT INTO points_hold_lot SELECT member_id, 99999, lot_id, 1 FROM points_hold_lot LIMIT 1"),
    ("fk_points_hold_lot_member_id_lot_id_points_lot", "INSERT INTO points_hold_lot SELECT member_id, hold_id, 99999, 1 FROM points_hold_lot LIMIT 1"),
    ("tr_points_hold_lot_in_balance", "INSERT INTO points_hold_lot SELECT p.member_id, p.hold_id, l.id, 1 FROM points_hold_lot p"
     " JOIN points_hold h ON h.id = p.hold_id AND h.state = 'held' JOIN points_lot l ON l.id <> p.lot_id LIMIT 1"),
    ("tr_points_hold_lot_terms_fixed", "UPDATE points_hold_lot SET amount = amount + 1"),
    ("tr_points_hold_lot_kept", "DELETE FROM points_hold_lot"),
    ("tr_points_hold_lot_no_truncate", "TRUNCATE points_hold_lot"),
    ("tr_member_account_held_in_balance", "UPDATE member_account SET points_held = points_held - 1 WHERE points_held > 0"),
    ("ck_member_account_seq_not_negative", "UPDATE member_account SET points_seq = -1"),
    ("ck_member_account_points_balance_not_negative", "UPDATE member_account SET points_balance = -1, points_held = -1"),
    ("ck_member_account_points_owed_not_negative", "UPDATE member_account SET points_owed = -1"),
    ("ck_member_account_points_held_in_balance", "UPDATE member_account SET points_held = points_balance + 1"),
    ("ck_member_account_points_held_in_balance", "UPDATE member_account SET points_held = -1"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("constraint", "statement"), REFUSED, ids=[f"{name}-{n}" for n, (name, _) in enumerate(REFUSED)]
)
def test_the_database_refuses(lived_in: str, constraint: str, statement: str) -> None:
    with psycopg.connect(lived_in) as connection:
        with pytest.raises(psycopg.IntegrityError) as refused:
            connection.execute(statement)
            connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
        assert refused.value.diag.constraint_name == constraint
        connection.rollback()


GUARDS = """
    SELECT conname FROM pg_constraint WHERE conrelid = ANY(%(tables)s::regclass[]) AND contype <> 'n'
    UNION SELECT tgname FROM pg_trigger WHERE tgrelid = ANY(%(tables)s::regclass[]) AND NOT tgisinternal
"""


def test_every_guard_of_the_ledger_has_a_line_above(lived_in: str) -> None:
    tables = ["points_entry", "points_lot", "points_lot_use", "points_hold", "points_hold_lot"]
    with psycopg.connect(lived_in) as connection:
        guards = {name for (name,) in connection.execute(GUARDS, {"tables": tables})}
    assert guards - {name for name, _ in REFUSED} == set()


def test_what_is_left_may_be_undone(lived_in: str) -> None:
    """The refusals above are about what is wrong with them, not about everything."""
    for statement in (entry(), reversal(amount="60", balance="points_balance"), lot(), hold()):
        with psycopg.connect(lived_in) as connection:
            connection.execute(statement)
            connection.rollback()
