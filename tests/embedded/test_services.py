"""Both services come up wherever the folder lies and whoever starts them, and keep what they were given."""

import os
import socket
import stat
import subprocess
import textwrap
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from embedded.errors import Unreachable
from embedded.given import check_database, check_redis
from embedded.lock import FolderLock
from embedded.ping import ping
from embedded.placement import forget
from embedded.services import Services
from tests.embedded.machinery import (
    WAIT_SECONDS,
    as_root,
    assert_all_end,
    bare_environment,
    family,
    open_folder,
    ordinary_python,
)


def start(folder: Path, *, durable: bool = True) -> Services:
    return Services(folder, durable=durable, environ=bare_environment())


def test_a_second_start_keeps_data_port_and_passwords_and_hides_them() -> None:
    with open_folder() as parent:
        folder = parent / "数据 with spaces"
        with start(folder) as first, psycopg.connect(first.database_owner_url, autocommit=True) as connection:
            connection.execute("create extension btree_gist")
            connection.execute("create role clerk")
            connection.execute("create table kept as select 42 as answer")
            safe = [connection.execute(f"show {name}").fetchone() for name in ("fsync", "synchronous_commit")]
            room = connection.execute("select current_setting('max_connections')::int").fetchone()
            with redis.Redis.from_url(first.redis_url) as client:
                assert client.ping()
                assert client.config_get("appendonly") == {"appendonly": "no"}
                assert client.config_get("save") == {"save": ""}
                assert int(client.config_get("maxmemory")["maxmemory"]) > 0
            seen = " ".join(" ".join(process.cmdline()) for process in family(first.supervisor_pid))
        assert (safe, room) == ([("on",), ("on",)], (300,))
        secrets = [folder / "services" / f"{name}.password" for name in ("postgres", "app", "valkey")]
        for file in secrets:
            assert stat.S_IMODE(file.stat().st_mode) == 0o600
            assert file.read_text().strip() not in seen
        with start(folder) as second, psycopg.connect(second.database_owner_url) as connection:
            assert connection.execute("select answer from kept").fetchone() == (42,)
            with psycopg.connect(second.database_url) as product, pytest.raises(psycopg.errors.InsufficientPrivilege):
                product.execute("select answer from kept")
        assert second.database_url == first.database_url != second.database_owner_url


def test_for_tests_it_trades_safety_for_speed_and_leaves_nothing_behind() -> None:
    with open_folder() as parent:
        with start(parent / "data", durable=False) as services:
            processes = family(services.supervisor_pid)
            with psycopg.connect(services.database_owner_url) as connection:
                names = ("fsync", "synchronous_commit", "full_page_writes")
                assert [connection.execute(f"show {name}").fetchone() for name in names] == [("off",)] * 3
        assert_all_end(processes)
        assert not (parent / "data" / "services.json").exists()


@as_root
def test_below_a_closed_folder_the_data_moves_to_where_nobody_can_reach_it() -> None:
    with open_folder() as parent:
        parent.chmod(0o700)
        folder = parent / "clone" / "var"
        try:
            for expected in (0, 1):
                with (
                    start(folder) as services,
                    psycopg.connect(services.database_owner_url, autocommit=True) as connection,
                ):
                    connection.execute("create table if not exists kept (n int)")
                    assert connection.execute("select count(*) from kept").fetchone() == (expected,)
                    connection.execute("insert into kept values (1)")
                    assert (folder / "services.json").exists()
        finally:
            gone = forget(folder.resolve())
        assert len(gone) == 2
        assert gone[1].name.startswith("huitou-")


def test_a_very_long_path_is_no_obstacle() -> None:
    with open_folder() as parent:
        folder = parent.joinpath(*(["一个很长的目录名" * 6] * 10))  # 1.5 kB: past PostgreSQL's own limit
        with start(folder, durable=False) as services, psycopg.connect(services.database_owner_url) as connection:
            assert connection.execute("select 1").fetchone() == (1,)


def test_an_ordinary_user_needs_no_rights_at_all() -> None:
    script = """
        import os, pathlib, psycopg, sys
        from embedded.services import Services
        with Services(pathlib.Path(sys.argv[1]), durable=False) as services:
            with psycopg.connect(services.database_owner_url) as connection:
                connection.execute("create extension btree_gist")
            owner = os.stat(sys.argv[1] + "/services/postgres").st_uid
            sys.exit(0 if owner == os.geteuid() != 0 else 3)
    """
    arguments = ordinary_python()
    python, env = arguments.pop("executable"), arguments.pop("env")
    with open_folder() as parent:
        home = parent / "home"
        home.mkdir()
        if "user" in arguments:
            os.chown(home, arguments["user"], arguments["group"])
        answer = subprocess.run(
            [python, "-c", textwrap.dedent(script), str(home / "data")],
            cwd=Path(__file__).parents[2],
            env={**env, "HOME": str(home)},
            capture_output=True,
            text=True,
            timeout=WAIT_SECONDS,
            check=False,
            **arguments,
        )
        assert answer.returncode == 0, answer.stderr


def test_given_servers_are_used_and_none_are_started() -> None:
    with open_folder() as parent, start(parent / "own", durable=False) as own:
        given = bare_environment(DATABASE_URL=own.database_url, REDIS_URL=own.redis_url)
        with Services(parent / "other", environ=given) as reused:
            assert (reused.database_url, reused.redis_url, reused.pids) == (own.database_url, own.redis_url, {})
            assert not (parent / "other" / "services").exists()


def test_a_given_server_that_does_not_answer_is_named_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("embedded.given.PATIENCE_SECONDS", 0.0)
    with pytest.raises(Unreachable) as refusal:
        check_database("postgresql://shop:very-secret@127.0.0.1:1/shop")
    assert "DATABASE_URL" in str(refusal.value)
    assert "very-secret" not in str(refusal.value)
    with pytest.raises(Unreachable, match="REDIS_URL"):
        check_redis("redis://:very-secret@127.0.0.1:1/0")


def test_a_wrong_password_for_a_given_redis_is_told_apart_from_silence() -> None:
    with open_folder() as parent, start(parent, durable=False) as own:
        port = own.redis_url.rsplit(":", 1)[1]
        assert ping(own.redis_url) == ""
        assert "WRONGPASS" in ping(f"redis://:wrong@127.0.0.1:{port}")
        assert "NOAUTH" in ping(f"redis://127.0.0.1:{port}")


def test_a_remembered_port_that_somebody_took_is_replaced() -> None:
    with open_folder() as parent:
        folder = parent / "data"
        with start(folder, durable=False) as first:
            port = int(first.database_url.rsplit(":", 1)[1].split("/")[0])
        with socket.create_server(("127.0.0.1", port)), start(folder, durable=False) as second:
            assert f":{port}/" not in second.database_url
            with psycopg.connect(second.database_owner_url) as connection:
                assert connection.execute("select 1").fetchone() == (1,)


def test_the_lock_is_free_again_after_a_clean_stop() -> None:
    with open_folder() as parent:
        with start(parent, durable=False) as services:
            assert psutil.pid_exists(services.supervisor_pid)
        FolderLock(parent).release()
