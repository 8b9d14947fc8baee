"""Huitou's side: members with permissions, and a campaign to all of them, written as its own services would have."""

from collections.abc import Callable

import psycopg

# What the endpoint counts by.
_CROWD = """
WITH people AS (
    INSERT INTO member (public_id, status, nickname, locale, code_number, code_secret_cipher, marketing_consent,
                        joined_at, joined_channel)
    SELECT gen_random_uuid(), 'active', '会员' || n, 'zh_CN', lpad((%(first)s + n)::text, 9, '0'), '\\x00', true, now(), 'mini'
      FROM generate_series(0, %(count)s - 1) n
    RETURNING id, code_number
), accounts AS (
    INSERT INTO member_account (member_id, points_balance, points_owed, points_seq, growth_value, growth_seq, tier_id)
    SELECT p.id, 0, 0, 0, 0, 0, t.id FROM people p, tier t WHERE t.rank = 0
), identities AS (
    INSERT INTO member_identity (member_id, kind, app_id, value, linked_at)
    SELECT id, 'openid', %(app_id)s, %(prefix)s || '-' || (code_number::bigint - %(first)s), now() FROM people
    RETURNING member_id, value
), grants AS (
    INSERT INTO subscription_grant (member_id, message_template_id, remaining, updated_at)
    SELECT id, %(template_id)s, 3, now() FROM people
)
INSERT INTO delivery (campaign_id, occurrence, member_id, state, openid, message_template_id, due_at, attempts, awaiting_event)
SELECT %(campaign_id)s, '0', member_id, 'planned', value, %(template_id)s, now(), 0, false FROM identities
"""

_ONCE = """
UPDATE programme SET sends_per_second = 50000, quiet_from = '03:00', quiet_until = '03:00', messages_per_day = 1000,
                     messages_per_week = 1000, messages_per_month = 1000
"""
_STAFF = """
INSERT INTO staff (public_id, login, display_name, role, password_hash, is_active, created_at)
VALUES (gen_random_uuid(), 'peers', 'peers', 'marketer', 'none', true, now()) RETURNING id
"""
_TEMPLATE = """
INSERT INTO message_template (public_id, code, wechat_template_id, title, topic, fields, enums, page, is_enabled)
VALUES (gen_random_uuid(), %(prefix)s, %(prefix)s, 'peers', 'promotion', '{"thing1": "a", "date2": "b"}', '{}',
        'pages/home/index', true) RETURNING id
"""
_CAMPAIGN = """
INSERT INTO campaign (public_id, name, kind, state, message_template_id, field_values, tier_ids, scheduled_at, latest_start_at,
                      created_by_id, created_at, started_at, refusals_in_a_row)
VALUES (gen_random_uuid(), %(prefix)s, 'one_off', 'running', %(template_id)s, '{"thing1": "冬季会员日", "date2": "{date}"}', '{}',
        now(), now() + interval '4 hours', (SELECT min(id) FROM staff), now(), now(), 0) RETURNING id
"""
_RUN = """
INSERT INTO campaign_run (campaign_id, occurrence, state, due_at, latest_start_at, cursor_member_id, max_member_id, targeted,
                          started_at)
VALUES (%(campaign_id)s, '0', 'running', now(), now() + interval '4 hours', 0, 0, %(count)s, now())
"""
_DOUBT = "SELECT openid FROM delivery WHERE state IN ('in_doubt', 'dispatching') ORDER BY openid"


def prepare(owner_url: str) -> None:
    """The shop's policy out of the way, and somebody to write campaigns."""
    with psycopg.connect(owner_url, autocommit=True) as connection:
        connection.execute(_ONCE)
        connection.execute(_STAFF)


def filler(owner_url: str, *, app_id: str) -> Callable[[int, str], None]:
    """What hands out `count` sends: a campaign whose audience is written."""

    def fill(count: int, prefix: str) -> None:
        with psycopg.connect(owner_url) as connection:
            values: dict[str, object] = {"prefix": prefix, "count": count, "app_id": app_id}
            values["first"] = _scalar(connection, "SELECT coalesce(max(code_number::bigint), 0) + 1 FROM member", {})
            values["template_id"] = _scalar(connection, _TEMPLATE, values)
            values["campaign_id"] = _scalar(connection, _CAMPAIGN, values)
            connection.execute(_RUN, values)
            connection.execute(_CROWD, values)
        with psycopg.connect(owner_url, autocommit=True) as connection:
            connection.execute("ANALYZE")

    return fill


def in_doubt(owner_url: str) -> Callable[[], list[str]]:
    """OpenIDs of messages that wait for an event or a person."""

    def read() -> list[str]:
        with psycopg.connect(owner_url) as connection:
            return [str(row[0]) for row in connection.execute(_DOUBT)]

    return read


def _scalar(connection: psycopg.Connection, statement: str, values: dict[str, object]) -> int:
    row = connection.execute(statement, values).fetchone()
    assert row is not None  # noqa: S101
    return int(row[0])
