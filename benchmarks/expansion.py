"""An audience written down beside a plain INSERT … SELECT of the same rows into the same table and indexes.

What counts is the CPU of the database's own process for the statements. The floor's rows lie ready in a table; ours are found
out: who is in the audience, held out, with which words, due when, and why not. The two take turns on an emptied table.
"""

import statistics
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import psycopg
from psycopg import sql
from sqlalchemy import text

from app.actor import Actor
from app.extensions import db
from app.models import Campaign, Segment, SegmentVersion
from app.services import audiences, campaign_runs, campaign_states, campaigns, programmes
from app.transaction import transaction
from benchmarks import machine
from benchmarks.place import Place, Shop
from benchmarks.shop_people import fill

BAR: Final = 2.0
ROUNDS: Final = 2
BARE: Final = ", foreign keys unchecked on both sides"
ROLE: Final = ("SET session_replication_role = origin", "SET session_replication_role = replica")
READY: Final = "CREATE UNLOGGED TABLE ready AS SELECT * FROM delivery WHERE campaign_id = %s ORDER BY member_id"

Tell = Callable[[str], None]


@dataclass
class Measured:
    """CPU seconds of the database's process: writing an audience, the floor's INSERT, and the audience once more.

    `is_bare`: both without the checks of foreign keys, which cost as much as all the rest."""

    name: str
    is_bare: bool = False
    rows: int = 0
    ours: list[float] = field(default_factory=list)
    floor: list[float] = field(default_factory=list)
    again: list[float] = field(default_factory=list)
    added_again: int = 0
    # Of the program that sent the statements.
    program: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        return statistics.median(self.ours) / statistics.median(self.floor)


def measure(place: Place, *, members: int, rounds: int = ROUNDS, say: Tell) -> list[Measured]:
    """The same shop with campaigns that ask nothing of their audience, and everything at once."""
    shop = place.shop(f"bench_people_{members}", members=members, fill=fill)
    app = place.application(shop.owner_url)
    with app.app_context():
        pid = int(db.session.scalar(text("SELECT pg_backend_pid()")) or 0)
        db.session.rollback()
        with transaction():
            template = _template()
        shapes = _shapes()
        found = [Measured(name, is_bare=name.endswith(BARE)) for name in shapes]
        for number in range(rounds):
            # Taking turns: a machine that slows down slows all of them.
            for one in found:
                _round(one, shop, pid, template=template, asked=shapes[one.name])
                say(f"  {number + 1} / {rounds}: {one.name}: {one.ours[-1]:.2f} s beside {one.floor[-1]:.2f} s")
        db.session.remove()
        db.engine.dispose()
    return found


def page(found: list[Measured], *, members: int, command: str) -> str:
    """What came of it, as a table."""
    lines = [
        "# An audience written down, beside a plain INSERT … SELECT",
        "",
        f"{members:,} members. CPU seconds of the database's process, medians of {len(found[0].ours)}; the floor is one INSERT of"
        " the very rows, ready in a table, with the same constraints, foreign keys and indexes.",
        "",
        "| audience | rows | ours | plain INSERT | ratio | bar | met | once more | rows added |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for one in found:
        lines.append(
            f"| {one.name} | {one.rows:,} | {statistics.median(one.ours):.2f} | {statistics.median(one.floor):.2f} |"
            f" {one.ratio:.2f} | ≤ {BAR:.1f} | {'yes' if one.ratio <= BAR else 'no'} |"
            f" {statistics.median(one.again):.2f} | {one.added_again} |"
        )
    now = datetime.now(UTC)
    lines += [
        "",
        f"`{command}`, {now:%Y-%m-%d %H:%M} UTC, revision {machine.revision()}, {machine.describe()}; load {machine.load()}",
    ]
    return "\n".join(lines) + "\n"


def _round(one: Measured, shop: Shop, pid: int, *, template: int, asked: dict[str, Any]) -> None:
    _empty(shop)
    with transaction():
        db.session.execute(text(ROLE[False]))
        campaign = _campaign(template, asked)
    with transaction():
        db.session.execute(text(ROLE[one.is_bare]))
    program = time.process_time()
    one.ours.append(_spent(pid, lambda: _expand(campaign)))
    one.program.append(time.process_time() - program)
    with transaction():
        run = campaign_runs.get(db.session.get_one(Campaign, campaign), "0")
        one.rows = run.targeted
        run.state, run.cursor_member_id = "expanding", 0
    one.again.append(_spent(pid, lambda: _note_added(one, campaign)))
    one.floor.append(_floor(shop, campaign, is_bare=one.is_bare))


def _note_added(one: Measured, campaign: int) -> None:
    one.added_again += _expand(campaign)


def _spent(pid: int, work: Callable[[], Any]) -> float:
    before = machine.cpu_of_one(pid)
    work()
    return machine.cpu_of_one(pid) - before


def _expand(campaign_id: int) -> int:
    added, has_more = 0, True
    while has_more:
        with transaction():
            rows, has_more = audiences.expand_next(campaign_id, app_id="bench", now=datetime.now(UTC))
        added += rows
    return added


def _floor(shop: Shop, campaign_id: int, *, is_bare: bool) -> float:
    """A plain INSERT of the same rows by a fresh process of the database."""
    with closing(psycopg.connect(shop.owner_url)) as connection:
        connection.execute("DROP TABLE IF EXISTS ready")
        connection.execute(READY, (campaign_id,))
        connection.execute("TRUNCATE delivery")
        connection.commit()
        connection.execute("ANALYZE ready")
        # Read once: the floor must not pay for the disk.
        connection.execute("SELECT count(*) FROM ready")
        columns = sql.SQL(", ").join(
            sql.Identifier(row[0])
            for row in connection.execute(
                "SELECT attname FROM pg_attribute WHERE attrelid = 'ready'::regclass AND attnum > 0 ORDER BY attnum"
            ).fetchall()
        )
        connection.execute(ROLE[is_bare])
        connection.commit()
        insert = sql.SQL("INSERT INTO delivery ({0}) SELECT {0} FROM ready").format(columns)
        before = machine.cpu_of_one(connection.info.backend_pid)
        connection.execute(insert)
        connection.commit()
        return machine.cpu_of_one(connection.info.backend_pid) - before


def _empty(shop: Shop) -> None:
    with closing(psycopg.connect(shop.owner_url, autocommit=True)) as connection:
        connection.execute("TRUNCATE delivery, campaign_run, campaign_variant")
        connection.execute("VACUUM ANALYZE member")


def _template() -> int:
    row = db.session.execute(text("SELECT id FROM message_template ORDER BY id LIMIT 1")).one()
    return int(row.id)


def _shapes() -> dict[str, dict[str, Any]]:
    """What campaigns ask of their audience."""
    with transaction():
        tiers = list(db.session.scalars(text("SELECT id FROM tier ORDER BY id")))
        members = int(db.session.scalar(text("SELECT id FROM member_list ORDER BY id LIMIT 1")) or 0)
        segment = _segment()
    everything = {
        "tier_ids": tiers,
        "member_list_id": members,
        "segment_id": segment,
        "segment_version": 1,
        "holdout_bp": 500,
        "is_member_time": True,
    }
    full = "tiers, list, segment, holdouts, variants, members' own time"
    return {"everyone": {}, full: everything, f"everyone{BARE}": {}, f"{full}{BARE}": everything}


def _segment() -> int:
    now = datetime.now(UTC)
    segment = Segment(name=f"bench {now.isoformat()}", created_at=now, updated_at=now)
    db.session.add(segment)
    db.session.flush()
    rule = {"v": 1, "is": "birthday_month", "any_of": list(range(1, 13))}
    db.session.add(SegmentVersion(segment_id=segment.id, version=1, rule=rule, created_at=now))
    return segment.id


def _campaign(template: int, asked: dict[str, Any]) -> int:
    now = datetime.now(UTC)
    staff = int(db.session.scalar(text("SELECT id FROM staff ORDER BY id LIMIT 1")) or 0)
    public_id = db.session.scalar(text("SELECT public_id FROM message_template WHERE id = :id"), {"id": template})
    campaign = campaigns.create(
        name="bench",
        kind="one_off",
        message_template_id=public_id,
        field_values={"thing1": "{nickname}", "date2": "{date}"},
        scheduled_at=now,
        variants=[{"code": code, "share_bp": 5_000, "field_values": {}, "page": None} for code in ("A", "B") if asked],
        actor=Actor(kind="staff", id=staff, role="admin"),
        now=now,
    )
    for column, value in asked.items():
        setattr(campaign, column, value)
    # Its wall clock is long past in the east: nobody is to be missed.
    campaign.latest_start_at = now + timedelta(days=2)
    programmes.get().holdout_bp = 500 if asked else 0
    campaign_states.schedule(campaign, actor=Actor.system(), now=now)
    campaign_states.start_due(now=now)
    return campaign.id
