"""Where it cannot work it says so with a code, both languages and the way out, and touches nothing."""

import errno
import os
import platform
import shutil
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import pytest

from embedded import binaries, machine
from embedded.account import Account
from embedded.errors import (
    AlreadyRunning,
    BinariesMissing,
    DiskFull,
    EmbeddedError,
    ForeignData,
    NotOurs,
    UnsupportedMachine,
    UnusableFolder,
    from_event,
)
from embedded.files import explained
from embedded.lock import FolderLock
from embedded.placement import Placement, place, prepare_folder
from embedded.postgres import Postgres
from embedded.services import Services
from tests.embedded.machinery import ROOT, WAIT_SECONDS, as_root, bare_environment, open_folder, ordinary_python

Usage = namedtuple("Usage", "total used free")


def test_a_second_copy_is_told_who_the_first_is() -> None:
    with open_folder() as folder:
        lock = FolderLock(folder)
        try:
            with pytest.raises(AlreadyRunning, match=str(os.getpid())), Services(folder, environ=bare_environment()):
                pytest.fail("two owners")
        finally:
            lock.release()
        assert sorted(path.name for path in folder.iterdir()) == ["lock"]


def test_data_of_another_major_is_refused_and_left_as_it_is() -> None:
    with open_folder() as folder:
        cluster = folder / "services" / "postgres"
        cluster.mkdir(parents=True, mode=0o700)
        if os.geteuid() == 0:
            os.chown(cluster, 65534, 65534)
        (cluster / "PG_VERSION").write_text("9\n")
        (cluster / "precious").write_text("data")
        with pytest.raises(ForeignData, match="PostgreSQL 9"), Services(folder, environ=bare_environment()):
            pytest.fail("started on foreign data")
        assert sorted(path.name for path in cluster.iterdir()) == ["PG_VERSION", "precious"]


@as_root
def test_a_folder_of_root_is_refused_to_an_ordinary_user_with_the_command_that_helps() -> None:
    arguments = ordinary_python()
    python, env = arguments.pop("executable"), arguments.pop("env")
    with open_folder() as folder:
        argv = [python, "-m", "embedded", "--data", str(folder)]
        answer = subprocess.run(
            argv, cwd=ROOT, env=env, capture_output=True, text=True, timeout=WAIT_SECONDS, check=False, **arguments
        )
        assert answer.returncode == 2
        assert "[not_ours]" in answer.stderr
        assert "sudo chown" in answer.stderr
        assert list(folder.iterdir()) == []


def test_too_little_space_is_seen_before_anything_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(10**9, 10**9, 100 * 1024 * 1024))
    with open_folder() as folder:
        with pytest.raises(DiskFull, match="100 MB"):
            place(folder, durable=True)
        assert not (folder / "services" / "postgres").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_disk_that_fills_while_we_write_is_named_as_such() -> None:
    with pytest.raises(DiskFull, match="DATA="), explained(Path("/somewhere")), Path("/dev/full").open("wb", 0) as file:
        file.write(b"x")


def test_a_full_disk_in_the_servers_log_is_named_as_such() -> None:
    with open_folder() as folder:
        (folder / "postgres.log").write_text("FATAL:  could not write file: No space left on device\n")
        server = Postgres(Placement(home=folder, account=None, moved=False), logs=folder, durable=True)
        assert isinstance(server.explain(EmbeddedError("", "")), DiskFull)


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS, errno.EPERM])
def test_a_read_only_or_foreign_folder_is_named_as_such(number: int) -> None:
    with pytest.raises(NotOurs, match="/somewhere"), explained(Path("/somewhere")):
        raise OSError(number, os.strerror(number))


def test_a_file_in_the_way_is_named() -> None:
    with open_folder() as folder:
        (folder / "file").write_text("mine")
        for path in (folder / "file", folder / "file" / "below", folder / ("x" * 300)):
            with pytest.raises(UnusableFolder, match="DATA="):
                prepare_folder(path)
        assert (folder / "file").read_text() == "mine"


def test_data_that_a_parent_folder_shuts_in_is_not_replaced_by_an_empty_database(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with open_folder() as folder:
        cluster = folder / "services" / "postgres"
        cluster.mkdir(parents=True)
        (cluster / "PG_VERSION").write_text("18\n")
        monkeypatch.setattr("embedded.placement.as_account", lambda _account, _test: False)
        monkeypatch.setattr("embedded.placement.service_account", lambda _data: Account(65534, 65534))
        with pytest.raises(NotOurs, match="cannot reach"):
            place(folder, durable=True)


def test_windows_is_sent_to_wsl(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(UnsupportedMachine, match="WSL2"):
        machine.check()


def test_an_old_python_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 9))
    with pytest.raises(UnsupportedMachine, match=r"3\.11"):
        machine.check()


def test_on_musl_the_wheels_are_left_out_and_the_message_names_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert machine.installable(lines) == lines
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(platform, "libc_ver", lambda: ("", ""))
    left = machine.installable(lines)
    assert len(lines) - len(left) == 2
    monkeypatch.setattr(binaries, "_postgres_folders", lambda: iter(()))
    with pytest.raises(BinariesMissing, match=r"(?s)musl.*apk add postgresql.*DATABASE_URL"):
        binaries.find_postgres()


def test_an_error_survives_the_way_to_the_parent_process() -> None:
    sent = DiskFull("满", "full", advice_zh="清理", advice_en="clean")
    received = from_event(sent.as_event())
    assert (type(received), str(received)) == (DiskFull, str(sent))
