"""Which user the services run as: PostgreSQL refuses root, so root steps down to the data's owner or `nobody`."""

from __future__ import annotations

import os
import pwd
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from embedded.errors import CannotDropRoot

NOBODY_ID = 65534  # what Linux calls nobody when /etc/passwd has no such line


@dataclass(frozen=True)
class Account:
    """A user and group to become; `None` in callers means stay who we are."""

    uid: int
    gid: int


def service_account(data: Path) -> Account | None:
    """Choose the account for a data folder that may exist already. None when we are no root ourselves."""
    if os.geteuid() != 0:
        return None
    if data.exists() and data.stat().st_uid != 0:
        owner = data.stat()
        return Account(owner.st_uid, owner.st_gid)
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        return Account(NOBODY_ID, NOBODY_ID)
    return Account(entry.pw_uid, entry.pw_gid)


def become(account: Account) -> None:
    """Step down for good, in this process."""
    os.setgroups([])
    os.setgid(account.gid)
    os.setuid(account.uid)


def as_account(account: Account | None, test: Callable[[], bool]) -> bool:
    """Answer a question about files as that user sees it: every parent folder, ACL and mount counts."""
    if account is None:
        return test()
    pid = os.fork()
    if pid == 0:
        verdict = 3
        try:
            become(account)
            verdict = 2
            verdict = 0 if test() else 1
        except OSError:
            pass  # the exit code says how far we came
        finally:
            os._exit(verdict)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if code == 3:
        raise CannotDropRoot(
            f"PostgreSQL 不能以 root 运行，而这里不允许切换到用户 {account.uid}",
            f"PostgreSQL refuses to run as root and switching to user {account.uid} is not allowed here.",
            advice_zh="以普通用户运行 make run，或设置 DATABASE_URL 与 REDIS_URL。",
            advice_en="Run make run as an ordinary user, or set DATABASE_URL and REDIS_URL.",
        )
    return code == 0


def give(path: Path, account: Account | None) -> None:
    """Hand a file or folder to the account; nothing to do when we are it."""
    if account is not None:
        os.chown(path, account.uid, account.gid)
