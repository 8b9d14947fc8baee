"""What can go wrong before or while the local services run. Each class: a stable code, what happened, what to do.

EmbeddedError
├── UnsupportedMachine   unsupported_machine   Windows, or a Python that is too old
├── BinariesMissing      binaries_missing      no wheel fits (musl, another processor) and the system has none
├── AlreadyRunning       already_running       a second copy on the same data folder
├── PortTaken            port_taken            somebody else listens there
├── DiskFull             disk_full             not enough space to begin, or it ran out
├── ForeignData          foreign_data          the data folder belongs to another PostgreSQL major
├── NotOurs              not_ours              the data folder belongs to another user, or cannot be reached
├── UnusableFolder       unusable_folder       the data folder's path is a file or too long
├── CannotDropRoot       cannot_drop_root      PostgreSQL refuses root and we may not become `nobody`
├── Unreachable          unreachable           a given DATABASE_URL or REDIS_URL does not answer
├── InstallFailed        install_failed        the virtual environment or its packages cannot be made
└── StartFailed          start_failed          a process ended or never became ready; ends with its last log lines
"""

from __future__ import annotations

from pathlib import Path


class EmbeddedError(Exception):
    """Carry one message in Chinese and English; `str()` shows code, both texts and the advice."""

    code = "embedded"

    def __init__(self, zh: str, en: str, *, advice_zh: str = "", advice_en: str = "") -> None:
        self.zh, self.en, self.advice_zh, self.advice_en = zh, en, advice_zh, advice_en
        super().__init__(zh, en)

    def __str__(self) -> str:
        lines = [f"[{self.code}] {self.zh}", f"    {self.en}"]
        if self.advice_zh:
            lines.append(f"    怎么办：{self.advice_zh}")
        if self.advice_en:
            lines.append(f"    What to do: {self.advice_en}")
        return "\n".join(lines)

    def as_event(self) -> dict[str, str]:
        """Return the wire form that `from_event` reads back in the parent process."""
        return {
            "event": "error",
            "code": self.code,
            "zh": self.zh,
            "en": self.en,
            "advice_zh": self.advice_zh,
            "advice_en": self.advice_en,
        }


class UnsupportedMachine(EmbeddedError):
    code = "unsupported_machine"


class BinariesMissing(EmbeddedError):
    code = "binaries_missing"


class AlreadyRunning(EmbeddedError):
    code = "already_running"


class PortTaken(EmbeddedError):
    code = "port_taken"


class DiskFull(EmbeddedError):
    code = "disk_full"


class ForeignData(EmbeddedError):
    code = "foreign_data"


class NotOurs(EmbeddedError):
    code = "not_ours"


class UnusableFolder(EmbeddedError):
    code = "unusable_folder"


class CannotDropRoot(EmbeddedError):
    code = "cannot_drop_root"


class Unreachable(EmbeddedError):
    code = "unreachable"


class InstallFailed(EmbeddedError):
    code = "install_failed"


class StartFailed(EmbeddedError):
    code = "start_failed"


KINDS: dict[str, type[EmbeddedError]] = {kind.code: kind for kind in EmbeddedError.__subclasses__()}


def from_event(event: dict[str, str]) -> EmbeddedError:
    """Rebuild the error a supervisor process reported."""
    kind = KINDS.get(event["code"], EmbeddedError)
    return kind(event["zh"], event["en"], advice_zh=event["advice_zh"], advice_en=event["advice_en"])


def disk_full(folder: Path, *, free_mb: int | None = None, needed_mb: int | None = None) -> DiskFull:
    """Build the one wording for a full disk; with figures when they are known."""
    zh, en = f"磁盘空间不足：{folder}", f"No space left for {folder}"
    if free_mb is not None and needed_mb is not None:
        zh, en = f"{zh}(剩余 {free_mb} MB，需要 {needed_mb} MB)", f"{en} ({free_mb} MB free, {needed_mb} MB needed)"
    return DiskFull(
        zh,
        f"{en}.",
        advice_zh="清理磁盘，或用 DATA=/另一块盘/目录 重新运行；已有数据未被改动。",
        advice_en="Free some space, or run again with DATA=/a/folder/elsewhere. Existing data was not touched.",
    )


def start_failed(name: str, *, why: str, log: Path, tail: str) -> StartFailed:
    """Name the process, the reason and where its log is; `tail` is shown as it is."""
    shown = f"\n{tail}" if tail else ""
    return StartFailed(
        f"{name} 没有启动成功：{why}",
        f"{name} did not start: {why}.{shown}",
        advice_zh=f"查看日志 {log}",
        advice_en=f"Read its log at {log}",
    )
