"""What a dispatch reads of a member's channels costs what one member has, not what the shop has."""

import uuid
from datetime import date

from sqlalchemy import NullPool, create_engine, text

from app.statements import dispatch
from app.wiring import sqlalchemy_url
from tests.conftest import CommittedDatabase

ROWS = 20_000
# People that follow, are known by UnionID, have an address or said what they do not want.
FILL = (
    "INSERT INTO member (id, public_id, status, nickname, locale, code_number, code_secret_cipher, marketing_consent,"
    " joined_at, joined_channel) OVERRIDING SYSTEM VALUE SELECT n + 1000000, gen_random_uuid(), 'active', '', 'zh_CN',"
    " 'p' || n, '', true, now(), 'mini' FROM generate_series(1, :rows) n",
    "INSERT INTO member_identity (member_id, kind, app_id, value, linked_at)"
    " SELECT n + 1000000, 'unionid', '', 'u' || n, now() FROM generate_series(1, :rows) n",
    "INSERT INTO official_follower (app_id, openid, unionid, followed_at, looked_up_at)"
    " SELECT 'wx', 'oa' || n, 'u' || n, now(), now() FROM generate_series(1, :rows) n",
    "INSERT INTO member_contact (member_id, kind, value_cipher, value_index, masked, verified_at)"
    " SELECT n + 1000000, 'email', '', int4send(n), '', now() FROM generate_series(1, :rows) n",
    "INSERT INTO message_preference (member_id, topic, channel, is_on, changed_by, changed_at)"
    " SELECT n + 1000000, 'promotion', 'sms', false, 'member', now() FROM generate_series(1, :rows) n",
)
BIG = ("member_identity", "official_follower", "member_contact", "message_preference")


def test_a_dispatch_reads_one_members_channels(committed_db: CommittedDatabase) -> None:
    engine = create_engine(sqlalchemy_url(committed_db.url), poolclass=NullPool)
    with engine.begin() as connection:
        for statement in FILL:
            connection.execute(text(statement), {"rows": ROWS} if ":rows" in statement else {})
        connection.execute(text(f"ANALYZE {', '.join(BIG)}"))
        day = date(2026, 11, 20).isoformat()
        values = {
            "campaign_ids": [1],
            "occurrences": ["0"],
            "member_ids": [1_000_007],
            "tokens": [uuid.uuid4()],
            "app_id": "wxapp",
            "oa_app_id": "wx",
            **dict.fromkeys(("day", "week", "month"), day),
        }
        plan = "\n".join(connection.scalars(text(f"EXPLAIN {dispatch.LOAD.text}"), values))
    engine.dispose()
    for table in BIG:
        assert f"Seq Scan on {table}" not in plan, plan
    assert "ix_official_follower_unionid" in plan or "pk_official_follower" in plan, plan
