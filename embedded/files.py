"""Small files only we may read: written whole or not at all, mode 0600."""

from __future__ import annotations

import errno
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from embedded.errors import NotOurs, UnusableFolder, disk_full

LOGS_KEPT = 3

Document = TypeVar("Document", dict[str, Any], list[Any])


@contextmanager
def explained(folder: Path) -> Iterator[None]:
    """Turn the system's answer on a full, read-only or foreign folder into a coded message."""
    try:
        yield
    except OSError as problem:
        if problem.errno in (errno.ENOSPC, errno.EDQUOT):
            raise disk_full(folder) from problem
        if problem.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise not_ours(folder) from problem
        if problem.errno in (errno.ENOTDIR, errno.EEXIST, errno.ENAMETOOLONG):
            raise unusable(folder, problem.strerror or "") from problem
        raise


def not_ours(folder: Path) -> NotOurs:
    """Say that this user may not write there, and the two ways out."""
    return NotOurs(
        f"当前用户无权写入 {folder}",
        f"This user may not write to {folder}.",
        advice_zh=f"sudo chown -R $(id -un) '{folder}'，或用 DATA=~/huitou-data 另选目录。",
        advice_en=f"sudo chown -R $(id -un) '{folder}', or choose another folder: DATA=~/huitou-data",
    )


def unusable(folder: Path, why: str) -> UnusableFolder:
    """Say that no folder can be there: a file is in the way, or the name is too long."""
    return UnusableFolder(
        f"{folder} 不能用作数据目录：{why}",
        f"{folder} cannot be a data folder: {why}.",
        advice_zh="用 DATA=… 指定另一个目录。",
        advice_en="Choose another folder with DATA=…",
    )


def write_private(path: Path, text: str) -> None:
    """Replace the file atomically; a reader sees the old text or the new, never half."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    with explained(path.parent):
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
            fresh.replace(path)
        finally:
            fresh.unlink(missing_ok=True)


def write_json(path: Path, value: Any) -> None:
    """Write a JSON document for this user alone."""
    write_private(path, json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def read_json(path: Path, *, empty: Document) -> Document:
    """Return the document, or `empty` when it is absent, broken or of another kind (all of them can be rebuilt)."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return empty
    return value if isinstance(value, type(empty)) else empty


def kept_password(path: Path) -> str:
    """Return the password in the file, made on first use: 192 random bits, safe inside a URL."""
    try:
        text = path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        text = ""
    if not text:
        text = secrets.token_hex(24)
        write_private(path, text + "\n")
    return text


def open_log(path: Path, *, rotate: bool) -> int:
    """Open a log for appending; at a fresh start the earlier ones move to .1 … .3."""
    with explained(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        if rotate and path.exists() and path.stat().st_size:
            for number in range(LOGS_KEPT - 1, 0, -1):
                older = path.with_name(f"{path.name}.{number}")
                if older.exists():
                    older.replace(path.with_name(f"{path.name}.{number + 1}"))
            path.replace(path.with_name(f"{path.name}.1"))
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)


def tail(path: Path, *, lines: int = 15) -> str:
    """Return the last lines of a log, for a message."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 8192))
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-lines:])
