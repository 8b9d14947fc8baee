"""`flask verify` on segments, tags and figures: quiet after a life with merges, loud at each seeded corruption."""

import psycopg

from app.actor import Actor
from app.services import figures, merges, segments, tags, verification
from app.statements.verify.segments import CHECKS
from app.transaction import transaction
from tests.conftest import NOON, CommittedDatabase
from tests.factories.issue_runs import lines_of
from tests.factories.members import make_member
from tests.factories.segments import make_segment

SYSTEM = Actor.system()


def live(database: CommittedDatabase) -> None:
    """A rule revised; two tagged and counted members who become one."""
    with database.app.app_context(), transaction():
        made = make_segment({"is": "has_phone"}).segment
        segments.revise(made.public_id, rule={"is": "has_birthday"}, actor=SYSTEM, now=NOON)
        first, second = make_member(), make_member()
        tag = tags.create("VIP", actor=SYSTEM, now=NOON)
        tags.add(tag.public_id, lines_of([first, second]), actor=SYSTEM, now=NOON)
        figures.count([first.id, second.id], now=NOON)
        merges.lock_accounts(first.id, second.id)
        found = merges.lock_members(first.id, second.id)
        merges.merge(found[first.id], found[second.id], phone=None, reason="test", actor=SYSTEM, now=NOON)


CORRUPTIONS = {
    "a version nobody wrote": ("segment_versions", "UPDATE segment SET version = 3"),
    "back to an older rule": ("segment_versions", "UPDATE segment SET version = 1"),
    "counted though merged": (
        "figures_of_members",
        "UPDATE member_figure SET member_id = (SELECT id FROM member WHERE status = 'merged')",
    ),
    "tagged though merged": (
        "figures_of_members",
        "UPDATE member_tag SET member_id = (SELECT id FROM member WHERE status = 'merged')",
    ),
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
