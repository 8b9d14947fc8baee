"""Campaigns under way when their cursor moved to the run: nothing of it is lost, forth or back."""

import psycopg
from flask_migrate import downgrade, upgrade

from app.extensions import db
from tests.conftest import empty_database, make_app

BEFORE, AFTER = "0028", "0029"
AT = "timestamptz '2026-11-20 02:00:00+00'"

STAFF = f"""
INSERT INTO staff (id, public_id, login, display_name, password_hash, role, is_active, created_at) OVERRIDING SYSTEM VALUE
VALUES (1, gen_random_uuid(), 'm', '', '', 'marketer', true, {AT})
"""  # noqa: S608
TEMPLATE = """
INSERT INTO message_template (id, public_id, code, wechat_template_id, title, topic, fields, enums, page, is_enabled)
OVERRIDING SYSTEM VALUE VALUES (1, gen_random_uuid(), 't', 't', '', 'service', '{}', '{}', '', true)
"""
# name, kind, state, paused_from, cursor, highest, started, finished
CAMPAIGNS = (
    ("draft", "one_off", "draft", "NULL", 0, "NULL", "NULL", "NULL"),
    ("ahead", "one_off", "scheduled", "NULL", 0, "NULL", "NULL", "NULL"),
    ("half", "one_off", "expanding", "NULL", 40, "100", AT, "NULL"),
    ("out", "one_off", "running", "NULL", 100, "100", AT, "NULL"),
    ("paused half", "one_off", "paused", "'expanding'", 60, "100", AT, "NULL"),
    ("paused ahead", "one_off", "paused", "'scheduled'", 0, "NULL", "NULL", "NULL"),
    ("over", "one_off", "done", "NULL", 100, "100", AT, AT),
    ("cancelled", "one_off", "cancelled", "NULL", 20, "100", AT, AT),
    ("cancelled draft", "one_off", "cancelled", "NULL", 0, "NULL", "NULL", AT),
    ("late", "one_off", "missed", "NULL", 0, "NULL", "NULL", "NULL"),
    ("birthdays", "birthday", "running", "NULL", 0, "NULL", AT, "NULL"),
)
RUNS = """
SELECT c.name, r.occurrence, r.state, r.cursor_member_id, r.max_member_id, r.finished_at IS NOT NULL
  FROM campaign_run r JOIN campaign c ON c.id = r.campaign_id ORDER BY c.id
"""
CURSORS = "SELECT name, cursor_member_id, max_member_id FROM campaign ORDER BY id"


def _campaign(values: tuple[str, str, str, str, int, str, str, str]) -> str:
    name, kind, state, paused_from, cursor, highest, *times = values
    scheduled = AT if kind == "one_off" else "NULL"
    return f"""
    INSERT INTO campaign (public_id, name, kind, state, paused_from, refusals_in_a_row, message_template_id, field_values,
                          tier_ids, scheduled_at, days_before, cursor_member_id, max_member_id, created_by_id, created_at,
                          started_at, finished_at)
    VALUES (gen_random_uuid(), '{name}', '{kind}', '{state}', {paused_from}, 0, 1, '{{}}', '{{}}', {scheduled},
            {"NULL" if kind == "one_off" else 0}, {cursor}, {highest}, 1, {AT}, {times[0]}, {times[1]})
    """  # noqa: S608


def test_runs_take_the_cursors_over_and_give_them_back() -> None:
    with (
        empty_database() as url,
        make_app(database_url=url).app_context(),
        psycopg.connect(url, autocommit=True) as there,
    ):
        upgrade(revision=BEFORE)
        for statement in (STAFF, TEMPLATE, *(_campaign(values) for values in CAMPAIGNS)):
            there.execute(statement.encode())
        before = there.execute(CURSORS).fetchall()
        upgrade(revision=AFTER)
        assert there.execute(RUNS).fetchall() == [
            ("half", "0", "expanding", 40, 100, False),
            ("out", "0", "running", 100, 100, False),
            ("paused half", "0", "expanding", 60, 100, False),
            ("over", "0", "done", 100, 100, True),
            ("cancelled", "0", "cancelled", 20, 100, True),
            ("late", "0", "missed", 0, 0, False),
        ]
        downgrade(revision=BEFORE)
        assert there.execute(CURSORS).fetchall() == before
        assert there.execute(RUNS).fetchall() == []
        db.session.remove()
        db.engine.dispose()
