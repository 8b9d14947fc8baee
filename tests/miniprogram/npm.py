"""Node.js and the mini-program's packages, once for all of a test run's processes."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
CLIENT = ROOT / "miniprogram"
STAMP = CLIENT / "node_modules" / ".installed"
INSTALL_SECONDS = 900
MISSING = (
    "没有找到 npm，跳过小程序的测试；安装 Node.js 18 以上后重试 / npm was not found, so the mini-program is not tested;"
    " install Node.js 18 or newer"
)


class NpmMissing(Exception):
    """Neither there nor ours to install."""


def present() -> None:
    """Have npm itself, for those with packages of their own. Raises NpmMissing."""
    with _alone():
        if shutil.which("npm") is None:
            _install_node()


def ready() -> None:
    """Have npm and the very packages of the lockfile; whoever comes second waits. Raises NpmMissing."""
    present()
    with _alone():
        if not _is_current():
            run(["npm", "ci"], seconds=INSTALL_SECONDS)
            STAMP.write_text(_wanted(), encoding="utf-8")


def run(command: list[str], *, seconds: float = 300, env: Mapping[str, str] | None = None) -> str:
    """Run in the client's folder; what it said. Fails the test with all of it when it fails."""
    done = subprocess.run(
        command,
        cwd=CLIENT,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=seconds,
        check=False,
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, f"{' '.join(command)}\n{said}"
    return said


def tool(name: str) -> str:
    """A program the packages brought."""
    return str(CLIENT / "node_modules" / ".bin" / name)


def _install_node() -> None:
    # A person's machine is theirs to fill; continuous integration starts from nothing.
    if not os.environ.get("CI") or os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise NpmMissing(MISSING)
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    run(["apt-get", "update", "-q"], seconds=INSTALL_SECONDS, env=quiet)
    run(
        ["apt-get", "install", "-q", "-y", "--no-install-recommends", "nodejs", "npm"],
        seconds=INSTALL_SECONDS,
        env=quiet,
    )


def _is_current() -> bool:
    return STAMP.is_file() and STAMP.read_text(encoding="utf-8") == _wanted()


def _wanted() -> str:
    return hashlib.sha256((CLIENT / "package-lock.json").read_bytes()).hexdigest()


@contextmanager
def _alone() -> Iterator[None]:
    name = hashlib.sha256(str(CLIENT).encode()).hexdigest()[:16]
    with (Path(tempfile.gettempdir()) / f"huitou-npm-{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
