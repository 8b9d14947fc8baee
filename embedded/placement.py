"""Which folder the services' data lies in: inside the given one, or elsewhere when PostgreSQL could not live there."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from embedded.account import Account, as_account, give, service_account
from embedded.binaries import LONGEST_PATH_BYTES
from embedded.errors import NotOurs, disk_full
from embedded.files import explained, not_ours

# initdb hands paths to a shell inside double quotes; these characters would not survive that.
UNSAFE = re.compile(r"[\"'$`\\%\x00-\x1f]")
FRESH_MB, RUNNING_MB = 400, 64  # a new cluster with its first log segments; the least to go on with


@dataclass(frozen=True)
class Placement:
    """`home` holds postgres/, ports and passwords. `moved` when it is not inside the given folder."""

    home: Path
    account: Account | None
    moved: bool

    @property
    def cluster(self) -> Path:
        return self.home / "postgres"


def prepare_folder(data_dir: Path) -> Path:
    """Make the given folder ours, or say why not. Returns it absolute, with links resolved."""
    folder = data_dir.absolute()
    with explained(folder):
        folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    folder = folder.resolve()
    if not os.access(folder, os.W_OK | os.X_OK):
        raise not_ours(folder)
    return folder


def place(data_dir: Path, *, durable: bool) -> Placement:
    """Choose the first folder in which PostgreSQL can live. Raises NotOurs, DiskFull."""
    first = data_dir / "services"
    for home in (first, *_elsewhere(data_dir, durable=durable)):
        account = service_account(home / "postgres")
        if _can_live(home, account):
            _check_owner(home, account)
            _check_space(home)
            return Placement(home=home, account=account, moved=home != first)
        if (home / "postgres" / "PG_VERSION").exists():
            # An empty database elsewhere would look like lost data.
            raise _shut_in(home, account)
    raise not_ours(first)


def _elsewhere(data_dir: Path, *, durable: bool) -> Iterator[Path]:
    name = f"huitou-{hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:12]}"
    if not durable:
        yield Path(tempfile.gettempdir()) / name
    elif os.geteuid() == 0:
        yield Path("/var/lib") / name
    else:
        shared = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
        yield Path(shared).expanduser() / name
    yield Path("/var/tmp") / name  # noqa: S108 - the owner is checked, the mode is ours
    yield Path("/tmp") / name  # noqa: S108


def _can_live(home: Path, account: Account | None) -> bool:
    if UNSAFE.search(str(home)) or len(os.fsencode(home)) > LONGEST_PATH_BYTES:
        return False
    made = not home.exists()
    try:
        with explained(home):
            home.mkdir(mode=0o755, parents=True, exist_ok=True)
    except NotOurs:
        return False
    if as_account(account, lambda: os.access(home, os.X_OK)) and _keeps_modes(home):
        return True
    if made:
        home.rmdir()
    return False


def _keeps_modes(home: Path) -> bool:
    # Windows drives under WSL and some shared folders ignore chmod; PostgreSQL insists on 0700.
    probe = Path(tempfile.mkdtemp(prefix=".mode-", dir=home)) if os.access(home, os.W_OK) else None
    if probe is None:
        return True  # not ours: the next check says so in words
    try:
        probe.chmod(0o700)
        return probe.stat().st_mode & 0o777 == 0o700
    finally:
        probe.rmdir()


def _check_owner(home: Path, account: Account | None) -> None:
    wanted = account.uid if account else os.geteuid()
    cluster = home / "postgres"
    if home.stat().st_uid != os.geteuid() and os.geteuid() != 0:
        raise not_ours(home)
    if cluster.exists() and cluster.stat().st_uid != wanted:
        raise not_ours(home)


def _check_space(home: Path) -> None:
    needed = RUNNING_MB if (home / "postgres").exists() else FRESH_MB
    free = shutil.disk_usage(home).free // (1024 * 1024)
    if free < needed:
        raise disk_full(home, free_mb=free, needed_mb=needed)


def _shut_in(home: Path, account: Account | None) -> NotOurs:
    uid = account.uid if account else os.geteuid()
    return NotOurs(
        f"{home} 里已有数据，但用户 {uid} 进不去(上级目录权限改过？)",
        f"{home} holds data that user {uid} cannot reach (were the modes of a parent folder changed?).",
        advice_zh="恢复上级目录的访问权限(chmod o+x)，或用 DATA=… 指定另一个目录。",
        advice_en="Give the parent folders back their access (chmod o+x), or choose another folder with DATA=…",
    )


def forget(data_dir: Path) -> list[Path]:
    """Delete the folder and what was placed elsewhere for it; return what went. The caller knows nothing runs."""
    gone = [folder for folder in (data_dir, *_elsewhere(data_dir, durable=True)) if folder.is_dir()]
    for folder in gone:
        with explained(folder):
            shutil.rmtree(folder)
    return gone


def make_cluster_parent(home: Path, account: Account | None) -> Path:
    """Return a folder in `home` that the account owns, for initdb to work in."""
    folder = home / "fresh"
    with explained(home):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)
        give(folder, account)
    return folder
