"""The audit's chain: everything visible gets sealed once, and whoever rewrites a row afterwards is named."""

import hashlib
import json
from collections.abc import Iterator
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.actor import Actor
from app.extensions import db
from app.models import AuditEntry, AuditSeal, AuditSealEntry
from app.services import audit, audit_seals, verification
from app.statements.audit_seals import COLUMNS
from app.transaction import transaction
from tests.conftest import NOON, CommittedDatabase


def write(count: int = 1, **changes: object) -> None:
    for number in range(count):
        values = {"actor": Actor.system(), "object_kind": "member", "object_id": number, "now": NOON, **changes}
        audit.record("member.note", details={"说明": '第一行\n"quoted"', "n": number}, **values)  # type: ignore[arg-type]
    db.session.flush()


def blocks() -> list[AuditSeal]:
    return list(db.session.scalars(select(AuditSeal).order_by(AuditSeal.block_no)))


def test_every_column_of_a_row_is_sealed() -> None:
    assert set(COLUMNS) == {column.name for column in AuditEntry.__table__.columns}


def test_each_row_is_sealed_once_in_blocks_that_follow_each_other(db_session: Session) -> None:
    write(3)
    assert [audit_seals.seal(now=NOON, limit=2) for _ in range(3)] == [2, 1, 0]
    write(1)
    assert audit_seals.seal(now=NOON) == 1
    chain = blocks()
    assert [(block.block_no, block.entries) for block in chain] == [(1, 2), (2, 1), (3, 1)]
    assert [block.previous_hash for block in chain] == [bytes(32), chain[0].hash, chain[1].hash]
    assert db_session.scalar(select(func.count()).select_from(AuditSealEntry)) == 4
    head = audit_seals.find_head()
    assert head is not None
    assert (head.block_no, head.hash) == (3, chain[2].hash.hex())


def test_anybody_can_compute_a_block_from_its_rows(db_session: Session) -> None:
    write(2)
    audit_seals.seal(now=NOON)
    rows = []
    for entry in db_session.scalars(select(AuditEntry).order_by(AuditEntry.id)):
        values = [
            entry.id,
            entry.recorded_at.strftime("%Y-%m-%dT%H:%M:%S.%f"),
            *(getattr(entry, name) for name in list(COLUMNS)[2:]),
        ]
        rows.append(hashlib.sha256(_as_jsonb(values).encode()).digest())
    assert blocks()[0].hash == hashlib.sha256(bytes(32) + b"".join(rows)).digest()


def _as_jsonb(value: object) -> str:
    """PostgreSQL's own text of a jsonb: keys by length, then bytes; one space after commas and colons."""
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: (len(key.encode()), key.encode()))
        return "{" + ", ".join(f"{json.dumps(k, ensure_ascii=False)}: {_as_jsonb(value[k])}" for k in keys) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_as_jsonb(one) for one in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def test_a_row_committed_late_falls_into_the_next_block(committed_db: CommittedDatabase) -> None:
    insert = (
        "INSERT INTO audit_entry (recorded_at, actor_kind, action, object_kind, details)"
        " VALUES (now(), 'system', 'member.note', 'member', '{}')"
    )
    with psycopg.connect(committed_db.url) as slow, psycopg.connect(committed_db.url, autocommit=True) as fast:
        slow.execute(insert)
        fast.execute(insert)
        with committed_db.session(), transaction():
            assert audit_seals.seal(now=NOON) == 1
        slow.commit()
    with committed_db.session(), transaction():
        assert audit_seals.seal(now=NOON) == 1
        assert [block.entries for block in blocks()] == [1, 1]
        # The later block holds the lower id.
        ids = db.session.scalars(select(AuditSealEntry.entry_id).order_by(AuditSealEntry.block_no)).all()
        assert ids[0] > ids[1]


def test_what_lies_behind_the_overlap_waits_for_the_full_look(
    db_session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_seals, "OVERLAP_IDS", 2)
    write(5)
    newest = db_session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert newest is not None
    db_session.add(AuditSeal(block_no=1, entries=1, previous_hash=bytes(32), hash=b"1" * 32, sealed_at=NOON))
    db_session.flush()
    db_session.add(AuditSealEntry(entry_id=newest.id, block_no=1, hash=bytes(32)))
    db_session.flush()
    assert audit_seals.seal(now=NOON) == 1
    assert audit_seals.seal(now=NOON, everything=True) == 3
    assert audit_seals.find_oldest_unsealed() is None


def test_two_sealers_make_one_chain(committed_db: CommittedDatabase) -> None:
    with committed_db.session(), transaction():
        write(2)
    with psycopg.connect(committed_db.url) as other:
        other.execute("SELECT pg_advisory_xact_lock(hashtextextended('audit_seal', 0))")
        with committed_db.session(), transaction():
            assert audit_seals.seal(now=NOON) == 0
    with committed_db.session(), transaction():
        assert audit_seals.seal(now=NOON) == 2


@pytest.fixture
def sealed(committed_db: CommittedDatabase) -> Iterator[CommittedDatabase]:
    """Three blocks of two rows; the first was recorded and sealed two days before the last."""
    with committed_db.app.app_context():
        for days in range(3):
            at = NOON + timedelta(days=days)
            with transaction():
                write(2, now=at)
            with transaction():
                assert audit_seals.seal(now=at) == 2
        assert broken() == {}
    yield committed_db


def broken() -> dict[str, list[dict[str, object]]]:
    return {finding.name: finding.broken for finding in verification.check_all() if finding.broken}


# What somebody with the database's own keys may do, and how it is named.
TAMPERING = {
    "one letter of a row changed": (
        "UPDATE audit_entry SET action = 'member.nota' WHERE id = (SELECT min(id) FROM audit_entry)",
        ("I17_audit_rows", "changed"),
    ),
    "a number in the details changed": (
        "UPDATE audit_entry SET details = jsonb_set(details, '{n}', '9') WHERE id = (SELECT min(id) FROM audit_entry)",
        ("I17_audit_rows", "changed"),
    ),
    "the instant moved by a microsecond": (
        "UPDATE audit_entry SET recorded_at = recorded_at + interval '1 microsecond'"
        " WHERE id = (SELECT min(id) FROM audit_entry)",
        ("I17_audit_rows", "changed"),
    ),
    "a row deleted": (
        "DELETE FROM audit_entry WHERE id = (SELECT min(id) FROM audit_entry)",
        ("I17_audit_rows", "deleted"),
    ),
    "a row deleted with its seal": (
        "WITH gone AS (DELETE FROM audit_entry WHERE id = (SELECT min(id) FROM audit_entry) RETURNING id)"
        " DELETE FROM audit_seal_entry USING gone WHERE entry_id = gone.id",
        ("I17_audit_chain", "its rows are not those it sealed"),
    ),
    "a row changed with its seal": (
        "UPDATE audit_seal_entry SET hash = sha256('forged') WHERE entry_id = (SELECT min(entry_id) FROM audit_seal_entry)",
        ("I17_audit_chain", "its rows are not those it sealed"),
    ),
    "a block in between deleted": (
        "WITH gone AS (DELETE FROM audit_seal WHERE block_no = 2) DELETE FROM audit_seal_entry WHERE block_no = 2",
        ("I17_audit_chain", "a block before it is missing"),
    ),
    "only the block's own row deleted": (
        "DELETE FROM audit_seal WHERE block_no = 3",
        ("I17_audit_chain", "the block is missing, its rows are there"),
    ),
    "a block hashed anew": (
        "UPDATE audit_seal SET hash = sha256('forged') WHERE block_no = 2",
        ("I17_audit_chain", "does not follow the block before"),
    ),
    "a row slipped in among old ones": (
        "INSERT INTO audit_entry (recorded_at, actor_kind, action, object_kind, details)"
        " SELECT min(recorded_at), 'staff', 'member.note', 'member', '{}' FROM audit_entry",
        ("I17_audit_sealed", None),
    ),
}


@pytest.mark.parametrize("tampering", TAMPERING)
def test_tampering_is_named(sealed: CommittedDatabase, tampering: str) -> None:
    statement, (check, how) = TAMPERING[tampering]
    with psycopg.connect(sealed.url) as intruder:
        intruder.execute("SET session_replication_role = replica")
        intruder.execute(statement)
    with sealed.app.app_context():
        found = broken()
    assert check in found
    assert how is None or how in {row["how"] for row in found[check]}


def test_the_command_shows_the_head_to_keep_elsewhere(sealed: CommittedDatabase) -> None:
    runner = sealed.app.test_cli_runner()
    shown = json.loads(runner.invoke(args=["verify", "--json"]).output)
    with sealed.session():
        head = blocks()[-1]
    assert shown["audit_head"] == {
        "block_no": 3,
        "hash": head.hash.hex(),
        "sealed_at": (NOON + timedelta(days=2)).isoformat(),
    }
    assert head.hash.hex() in runner.invoke(args=["verify"]).output
