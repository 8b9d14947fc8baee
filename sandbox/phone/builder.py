"""Builds the phone frame with npm when its sources changed; once built it needs no npm."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

INSTALL_SECONDS = 600
BUILD_SECONDS = 120
TOLD_CHARACTERS = 3000
SIMULATOR = Path(__file__).resolve().parent.parent.parent / "miniprogram" / "simulator"
# Nothing a build reads; what is left out here never makes one stale.
FOREIGN = {"node_modules", "dist", "tests", "coverage", "simulator"}


class BuildFailed(Exception):
    """What npm or the compiler said; `zh` and `en` say what to do."""

    def __init__(self, zh: str, en: str, *, told: str = "") -> None:
        super().__init__(f"{zh} / {en}{f'{os.linesep}{told}' if told else ''}")
        self.zh, self.en, self.told = zh, en, told


class Builder:
    """One mini-program folder. `build` blocks; `begin` does the same behind the scenes for a page that asks again."""

    def __init__(self, source: Path, *, simulator: Path = SIMULATOR) -> None:
        self.source, self.simulator = source.resolve(), simulator
        # One drawer for each mini-program: what is stale in it goes when a build is done.
        self.dist = simulator / "dist" / hashlib.sha256(str(self.source).encode()).hexdigest()[:8]
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._failure: tuple[str, BuildFailed] | None = None

    def stamp(self) -> str:
        """Name the state of all sources."""
        digest = hashlib.sha256()
        for top in (self.source, self.simulator):
            for path in sorted(_files(top)):
                digest.update(str(path.relative_to(top)).encode() + b"\0" + path.read_bytes() + b"\0")
        return digest.hexdigest()[:16]

    def built(self) -> Path | None:
        """The folder to serve when the sources as they are now were built."""
        folder = self.dist / self.stamp()
        return folder if (folder / "index.html").is_file() else None

    def begin(self) -> None:
        """Start building unless that is under way, or these very sources failed already."""
        with self._lock:
            running = self._thread is not None and self._thread.is_alive()
            if running or self.failure() is not None:
                return
            self._thread = threading.Thread(target=self._quietly, name="phone-build", daemon=True)
            self._thread.start()

    def failure(self) -> BuildFailed | None:
        """Why the sources as they are now could not be built; None when they were not tried."""
        if self._failure is None or self._failure[0] != self.stamp():
            return None
        return self._failure[1]

    def forgive(self) -> None:
        """Try again the next time somebody asks."""
        self._failure = None

    def _quietly(self) -> None:
        try:
            self.build()
        except BuildFailed as problem:
            self._failure = (self.stamp(), problem)

    def build(self) -> Path:
        """Return the built folder, building it first when needed. Raises BuildFailed."""
        done = self.built()
        if done is not None:
            return done
        if shutil.which("npm") is None or shutil.which("node") is None:
            raise BuildFailed(
                "手机模拟器需要 npm：请安装 Node.js 18 或更新版本后刷新本页，其余部分不受影响。",
                "The phone frame needs npm: install Node.js 18 or newer and reload. Everything else runs without it.",
            )
        if not (self.source / "app.json").is_file():
            raise BuildFailed(f"{self.source} 中没有 app.json", f"There is no app.json in {self.source}")
        self.dist.mkdir(parents=True, exist_ok=True)
        with _alone(self.dist.parent / ".lock"):
            return self.built() or self._build_now()

    def _build_now(self) -> Path:
        self._install()
        stamp = self.stamp()
        fresh = self.dist / f"{stamp}.new"
        command = ["node", "build/index.js", "--root", str(self.source), "--out", str(fresh)]
        _run(command, cwd=self.simulator, seconds=BUILD_SECONDS)
        for old in self.dist.iterdir():
            if old != fresh:
                shutil.rmtree(old, ignore_errors=True)
        return fresh.rename(self.dist / stamp)

    def _install(self) -> None:
        lockfile = self.simulator / "package-lock.json"
        mark = self.simulator / "node_modules" / ".installed"
        wanted = hashlib.sha256(lockfile.read_bytes()).hexdigest()
        if mark.is_file() and mark.read_text(encoding="utf-8") == wanted:
            return
        _run(["npm", "ci", "--no-audit", "--no-fund"], cwd=self.simulator, seconds=INSTALL_SECONDS)
        mark.write_text(wanted, encoding="utf-8")


def _files(top: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(top):
        folders[:] = [name for name in folders if name not in FOREIGN and not name.startswith(".")]
        yield from (Path(folder) / name for name in names)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Several copies of the product may share these sources: one builds, the others find it built."""
    with path.open("w", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _run(command: list[str], *, cwd: Path, seconds: int) -> None:
    try:
        done = subprocess.run(
            command, cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired as problem:
        raise BuildFailed(
            f"{command[0]} 超过 {seconds} 秒没有完成，请检查网络后刷新本页。",
            f"{command[0]} was not done after {seconds} s: check the network and reload.",
        ) from problem
    if done.returncode != 0:
        told = (done.stderr + done.stdout).strip()[-TOLD_CHARACTERS:]
        raise BuildFailed(
            f"{' '.join(command[:2])} 失败：按下面的提示处理后刷新本页。",
            f"{' '.join(command[:2])} failed: mend what it says below, then reload.",
            told=told,
        )
