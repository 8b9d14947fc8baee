"""`flask verify` on imports of members: quiet after a life with an undoing, loud at each seeded corruption."""

import psycopg

from app.services import member_imports, points, verification
from app.services.members import find_by_phone_index
from app.statements.verify.imports import CHECKS
from app.transaction import transaction
from tests.conftest import NOON, CommittedDatabase
from tests.factories.imports import boss, make_done, work
from tests.factories.members import seal


def live(database: CommittedDatabase) -> None:
    """Two imports, one undone but for a member who has spent a point since."""
    with database.app.app_context(), transaction():
        make_done("13800138003,,,gold,500,,,")
        row = make_done("13800138004,,,gold,500,,,", "13800138005,,,silver,7,,,")
        spender = find_by_phone_index(seal("13800138004").index)
        assert spender is not None
        points.spend(spender.id, amount=1, source="test", now=NOON)
        member_imports.undo(row.public_id, reason="传错了文件", actor=boss(), now=NOON)
        work(row)


CORRUPTIONS = {
    "more points than were booked": ("I4_member_imports", "UPDATE member_import_line SET points = 501 WHERE line = 2"),
    "undone without booking back": (
        "I4_member_imports",
        "UPDATE member_import_line SET state = 'undone' WHERE state = 'made'",
    ),
    "undone and a member still": ("I4_member_imports", "UPDATE member SET status = 'active' WHERE status = 'erased'"),
}


def test_each_corruption_is_found(committed_db: CommittedDatabase) -> None:
    live(committed_db)
    with committed_db.app.app_context():
        assert {finding.name for finding in verification.check_all() if finding.broken} == set()
    with psycopg.connect(committed_db.url) as owner:
        for name, (check, statement) in CORRUPTIONS.items():
            assert owner.execute(CHECKS[check][1].encode()).fetchall() == []
            assert owner.execute(statement.encode()).rowcount, name
            assert owner.execute(CHECKS[check][1].encode()).fetchall(), name
            owner.rollback()
