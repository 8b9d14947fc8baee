"""Fills an empty, migrated database with members and what an audience asks about them, nothing else: seconds a million."""

from collections.abc import Callable
from typing import Any, Final

import psycopg

MEMBERS_PER_CHUNK: Final = 100_000
Report = Callable[[int, int], None]

# Nine in ten may be written to; of these one in four has no permission left. Every twentieth switched promotions off, and
# every tenth lives by another clock.
STATEMENTS: Final = (
    """
    INSERT INTO member (id, public_id, status, nickname, birth_month, birth_day, locale, zone, code_number,
                        code_secret_cipher, marketing_consent, joined_at, joined_channel)
    OVERRIDING SYSTEM VALUE
    SELECT id, gen_random_uuid(), 'active', '会员' || id, 1 + id %% 12, 1 + id %% 28, 'zh_CN',
           CASE id %% 40 WHEN 0 THEN 'Asia/Tokyo' WHEN 10 THEN 'Europe/Berlin' WHEN 20 THEN 'America/New_York'
                         WHEN 30 THEN 'Asia/Urumqi' END,
           lpad(id::text, 9, '0'), '\\x00', id %% 10 <> 3, now(), 'mini_program'
      FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS id
    """,
    """
    INSERT INTO member_account (member_id, points_balance, points_owed, points_seq, growth_value, growth_seq, tier_id)
    SELECT id, 0, 0, 0, 0, 0, (SELECT min(tier.id) FROM tier)
      FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS id
    """,
    """
    INSERT INTO member_identity (member_id, kind, app_id, value, linked_at)
    SELECT id, 'openid', 'bench', 'o-bench-' || lpad(id::text, 20, '0'), now()
      FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS id WHERE id %% 50 <> 7
    """,
    """
    INSERT INTO subscription_grant (member_id, message_template_id, remaining, updated_at)
    SELECT id, (SELECT min(message_template.id) FROM message_template), CASE WHEN id %% 4 = 1 THEN 0 ELSE 2 END, now()
      FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS id
    """,
    """
    INSERT INTO message_preference (member_id, topic, channel, is_on, changed_by, changed_at)
    SELECT id, 'promotion', 'subscribe', false, 'member', now()
      FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS id WHERE id %% 20 = 11
    """,
    """
    INSERT INTO member_list_entry (list_id, member_id)
    SELECT (SELECT min(member_list.id) FROM member_list), id
      FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS id
    """,
)
FIRST: Final = (
    """
    INSERT INTO staff (public_id, login, display_name, password_hash, role, is_active, created_at)
    VALUES (gen_random_uuid(), 'bench', '', '', 'admin', true, now())
    """,
    """
    INSERT INTO message_template (public_id, code, wechat_template_id, title, topic, fields, enums, page, is_enabled)
    VALUES (gen_random_uuid(), 'bench', 'bench', '', 'promotion', '{"thing1": "", "date2": ""}', '{}', 'pages/home/index', true)
    """,
    "INSERT INTO member_list (public_id, name, created_at) VALUES (gen_random_uuid(), 'bench', now())",
)


def fill(url: str, *, members: int, report: Report, **_others: Any) -> None:
    """In the place of benchmarks/data.fill: people only, with identities of the app "bench"."""
    with psycopg.connect(url) as connection:
        for statement in FIRST:
            connection.execute(statement)
    for first in range(1, members + 1, MEMBERS_PER_CHUNK):
        last = min(first + MEMBERS_PER_CHUNK - 1, members)
        with psycopg.connect(url, cursor_factory=psycopg.ClientCursor) as connection:
            connection.execute("SET LOCAL session_replication_role = replica")
            for statement in STATEMENTS:
                connection.execute(statement, {"first": first, "last": last})
        report(last, members)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SELECT setval(pg_get_serial_sequence('member', 'id'), (SELECT max(id) FROM member))")
        connection.execute("VACUUM (ANALYZE)")
