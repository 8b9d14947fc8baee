"""Imports among everything else: no line twice, no phone twice, nothing lost when a worker dies, an undo beside a use."""

import multiprocessing as mp
import os
import random
import signal
import time

from sqlalchemy import text

from app.extensions import db
from app.gateways.vault import Vault
from app.models import MemberImport
from app.services import consents, member_codes, member_import_work, member_imports, members, phones, points
from app.transaction import transaction
from jobs.import_members import import_members
from tests.concurrency.race import Racers, assert_verified, call, tally
from tests.conftest import NOON, CommittedDatabase, test_environment
from tests.factories.imports import boss, make_import, work

LINES = 60


def vault() -> Vault:
    keys = test_environment(database_url="", redis_url="")
    return Vault(vault_keys=keys["VAULT_KEYS"], blind_index_key=keys["BLIND_INDEX_KEY"])


def advance(*, import_id: int) -> int:
    """One small chunk; whoever races calls it often enough."""
    done = member_import_work.advance(import_id, limit=7, vault=vault(), now=NOON)
    return done.counts["made"] + done.counts["undone"] + done.counts["kept"]


def enrol(*, phone: str) -> int:
    """A person at the counter whose phone is in the file too."""
    seal = vault()
    member = members.enrol(
        channel="counter",
        consent_version=consents.current_version("membership"),
        new_code=lambda: member_codes.fresh(vault=seal),
        now=NOON,
        phone=phones.seal(phone, vault=seal),
    )
    return member.id


def spend(*, member_id: int) -> int:
    return points.spend(member_id, amount=1, source="race", now=NOON).amount


def prepare(database: CommittedDatabase, *, lines: int = LINES) -> int:
    """Checked and begun."""
    with database.session():
        with transaction():
            row = work(make_import(*(f"1380013{n:04d},,,gold,5,老客户,," for n in range(lines))))
        with transaction():
            member_imports.start(row.public_id, skip_faulty=False, actor=boss(), now=NOON)
        return row.id


def finish(database: CommittedDatabase) -> None:
    """The tick, until nothing is left."""
    with database.app.app_context():
        while any(import_members(now=NOON).values()):
            pass


def facts(database: CommittedDatabase) -> dict[str, int]:
    """Members, points and lines, once every invariant has been looked at."""
    assert_verified(database)
    query = (
        "SELECT (SELECT count(*) FROM member WHERE phone_index IS NOT NULL) AS members,"
        " (SELECT count(*) FROM member WHERE joined_channel = 'import') AS imported,"
        " (SELECT coalesce(sum(points_balance), 0)::integer FROM member_account) AS points,"
        " (SELECT count(*) FROM member_import_line WHERE cipher IS NOT NULL) AS sealed"
    )
    with database.session() as session:
        found = dict(session.execute(text(query)).mappings().one())
        found |= dict(session.execute(text("SELECT state, count(*) FROM member_import_line GROUP BY state")).all())
        session.rollback()
        return found


def test_sixteen_workers_at_one_import(committed_db: CommittedDatabase, racers: Racers) -> None:
    import_id = prepare(committed_db)
    for _ in range(2):
        tally(racers.run(committed_db, [call(advance, import_id=import_id)] * 16))
    finish(committed_db)
    assert facts(committed_db) == {
        "members": LINES,
        "imported": LINES,
        "points": 5 * LINES,
        "sealed": 0,
        "made": LINES,
    }


def test_people_enrol_amid_an_import(committed_db: CommittedDatabase, racers: Racers) -> None:
    import_id = prepare(committed_db)
    at_counter = [call(enrol, phone=f"+861380013{n:04d}") for n in range(0, LINES, 2)]
    calls = [call(advance, import_id=import_id)] * 12 + at_counter
    random.Random(3).shuffle(calls)
    outcomes = tally(racers.run(committed_db, calls))
    finish(committed_db)
    found = facts(committed_db)
    # The database decided each phone once: whoever was first has it.
    assert found["members"] == LINES
    assert found["made"] == found["imported"]
    assert found.get("skipped", 0) == LINES - found["made"] == outcomes["ok"] - 12


def test_uses_amid_an_undo(committed_db: CommittedDatabase, racers: Racers) -> None:
    import_id = prepare(committed_db)
    finish(committed_db)
    with committed_db.session(), transaction():
        row = db.session.get_one(MemberImport, import_id)
        member_imports.undo(row.public_id, reason="wrong file", actor=boss(), now=NOON)
        ids = list(db.session.scalars(text("SELECT id FROM member WHERE joined_channel = 'import' ORDER BY id")))
    uses = [call(spend, member_id=member_id) for member_id in ids[::2]]
    calls = [call(advance, import_id=import_id)] * 10 + uses
    random.Random(4).shuffle(calls)
    outcomes = tally(racers.run(committed_db, calls))
    assert set(outcomes) <= {"ok", "insufficient_points"}
    finish(committed_db)
    found = facts(committed_db)
    used = outcomes["ok"] - 10
    assert (found["kept"] if used else 0, found["undone"]) == (used, LINES - used)
    assert found["points"] == 4 * used


def work_until_killed(environment: dict[str, str], seed: int) -> None:
    """A scheduler's whole work, in chunks so small that it is always in the middle of one."""
    from app import create_app
    from config import Config
    from jobs import import_members as ticking

    ticking.CHUNK, ticking.MAX_CHUNKS = 1 + seed % 3, 1_000_000
    app = create_app(Config.from_env(environment))
    with app.app_context():
        while True:
            ticking.import_members(now=NOON)


def test_killed_again_and_again_it_ends_exactly(committed_db: CommittedDatabase) -> None:
    lines = 120
    prepare(committed_db, lines=lines)
    context, seen = mp.get_context("spawn"), 0
    for round_no in range(3):
        child = context.Process(target=work_until_killed, args=(committed_db.environment, round_no), daemon=True)
        child.start()
        began = time.monotonic()
        while made(committed_db) < seen + 15 and time.monotonic() - began < 60:
            time.sleep(0.005)
        assert child.pid is not None
        os.kill(child.pid, signal.SIGKILL)
        child.join()
        before, seen = seen, made(committed_db)
        assert seen > before
        assert facts(committed_db)["points"] == 5 * seen
    finish(committed_db)
    assert facts(committed_db) == {
        "members": lines,
        "imported": lines,
        "points": 5 * lines,
        "sealed": 0,
        "made": lines,
    }


def made(database: CommittedDatabase) -> int:
    with database.session() as session:
        found = session.scalar(text("SELECT count(*) FROM member_import_line WHERE state = 'made'"))
        session.rollback()
        return int(found or 0)
