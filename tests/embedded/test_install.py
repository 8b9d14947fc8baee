"""`make` finds a Python or says what is missing; the environment is made once and again only when something changed."""

import hashlib
import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from embedded import install
from embedded.errors import DiskFull, InstallFailed
from embedded.files import LOGS_KEPT, kept_password, open_log
from tests.embedded.machinery import ROOT, open_folder

needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="needs make")


def make(folder: Path, *words: str, path: str) -> subprocess.CompletedProcess[str]:
    make_program = str(shutil.which("make"))
    return subprocess.run(
        [make_program, "--no-print-directory", *words],
        cwd=folder,
        env={"PATH": path, "HOME": str(folder)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@needs_make
def test_make_without_a_python_says_so_in_a_folder_with_spaces() -> None:
    with open_folder() as parent:
        folder = parent / "a clone 克隆"
        (folder / "bin").mkdir(parents=True)
        shutil.copy(ROOT / "Makefile", folder)
        answer = make(folder, "run", path=str(folder / "bin"))
        assert answer.returncode != 0
        assert "[python_missing]" in answer.stderr


@needs_make
def test_make_alone_lists_every_command() -> None:
    answer = make(ROOT, path=os.defpath + ":/usr/bin:/bin")
    assert answer.returncode == 0
    for word in ("run", "demo", "test", "check", "lint", "types", "chaos", "venv", "clean"):
        assert f"make {word} " in answer.stdout


@needs_make
def test_make_takes_port_and_folder_with_spaces() -> None:
    answer = make(ROOT, "-n", "run", "PORT_BASE=9100", "DATA=/tmp/my data", path="/usr/bin:/bin")
    assert '--data "/tmp/my data" --port-base "9100"' in answer.stdout


def test_a_python_without_ensurepip_names_the_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(install, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(install, "PYTHON", tmp_path / ".venv" / "bin" / "python")
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(InstallFailed, match=r"apt install python3\.\d+-venv"):
        install.install([ROOT / "requirements.txt"])


def test_an_environment_with_the_right_stamp_is_left_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "requirements.txt"
    file.write_text("one==1\n")
    monkeypatch.setattr(install, "VENV", tmp_path)
    monkeypatch.setattr(install, "_works", lambda: True)
    asked: list[list[str]] = []
    monkeypatch.setattr(install, "_pip", asked.append)
    install.install([file])
    install.install([file])
    assert asked == [["one==1"]]
    assert (tmp_path / "stamp-requirements").read_text() == hashlib.sha256(b"one==1\n").hexdigest()
    file.write_text("# why\none==1\n-r other.txt\ntwo==2\n")
    install.install([file])
    assert asked[1:] == [["one==1", "two==2"]]


def test_a_failed_install_is_told_apart_from_a_full_disk() -> None:
    assert isinstance(install._failed("", "", "OSError: [Errno 28] No space left on device"), DiskFull)
    shown = str(install._failed("安装失败", "It failed", "Could not find a version"))
    assert "[install_failed]" in shown
    assert "Could not find a version" in shown


def test_logs_of_earlier_starts_are_kept_but_not_for_ever(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    for number in range(LOGS_KEPT + 3):
        descriptor = open_log(log, rotate=True)
        os.write(descriptor, b"%d" % number)
        os.close(descriptor)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["web.log", "web.log.1", "web.log.2", "web.log.3"]
    assert (log.read_text(), log.with_name("web.log.1").read_text()) == ("5", "4")


def test_a_password_is_made_once(tmp_path: Path) -> None:
    first = kept_password(tmp_path / "password")
    assert len(first) == 48
    assert kept_password(tmp_path / "password") == first
