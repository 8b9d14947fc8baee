"""One leader at a time, and a new one when the old one's session dies."""

import psycopg

from app.gateways.leader_lock import LeaderLock


def kill_sessions(database_url: str) -> int:
    """End the leaders' sessions of this database, as a lost connection would."""
    with psycopg.connect(database_url, autocommit=True) as admin:
        found = admin.execute(
            "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity"
            " WHERE application_name LIKE 'huitou-leader@%' AND datname = current_database()"
        ).fetchone()
    assert found is not None
    return int(found[0])


def held_locks(database_url: str) -> int:
    with psycopg.connect(database_url, autocommit=True) as admin:
        found = admin.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        ).fetchone()
    assert found is not None
    return int(found[0])


def test_one_leads_until_it_steps_down(database_url: str) -> None:
    first, second = LeaderLock(database_url, "t1"), LeaderLock(database_url, "t1")
    try:
        assert first.is_leader()
        assert not second.is_leader()
        # Asking often must not stack the lock: one release is enough.
        assert all(first.is_leader() for _ in range(5))
        assert held_locks(database_url) == 1
        first.release()
        assert second.is_leader()
        assert not first.is_leader()
    finally:
        first.release()
        second.release()


def test_names_do_not_disturb_each_other_and_urls_of_sqlalchemy_work(database_url: str) -> None:
    url = database_url.replace("postgresql://", "postgresql+psycopg://")
    first, second = LeaderLock(url, "t2"), LeaderLock(url, "t3")
    try:
        assert first.is_leader()
        assert second.is_leader()
    finally:
        first.release()
        second.release()


def test_a_lost_session_is_noticed_and_won_back(database_url: str) -> None:
    lock, standby = LeaderLock(database_url, "t4"), LeaderLock(database_url, "t4")
    try:
        assert lock.is_leader()
        assert kill_sessions(database_url) >= 1
        assert not lock.is_leader()  # never leader on the word of a dead connection
        assert standby.is_leader()
        assert not lock.is_leader()
    finally:
        lock.release()
        standby.release()


def test_without_a_database_nobody_leads() -> None:
    assert not LeaderLock("postgresql://x:x@127.0.0.1:9/x", "t5").is_leader()
