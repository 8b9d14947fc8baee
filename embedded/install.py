"""`python -m embedded.install`: make .venv and put the pinned requirements in it; nothing to do when they are there.

Runs under any Python ≥ 3.11 with the standard library alone.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import deque
from pathlib import Path

from embedded import machine
from embedded.errors import EmbeddedError, InstallFailed, disk_full

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
NEEDED_MB = 700  # the environment with development tools, and pip's own working space
SEEN = re.compile(r"^(?:Collecting|Requirement already satisfied:) ([A-Za-z0-9_.\-]+)")


def main() -> int:
    """0: ready; 2: refused with a coded message."""
    parser = argparse.ArgumentParser(prog="python -m embedded.install", description=__doc__)
    parser.add_argument("--dev", action="store_true", help="also what tests and checks need")
    files = ["requirements.txt", *(["requirements-dev.txt"] if parser.parse_args().dev else [])]
    try:
        machine.check()
        install([ROOT / name for name in files])
    except EmbeddedError as problem:
        print(f"\n{problem}", file=sys.stderr)
        return 2
    return 0


def install(files: list[Path]) -> None:
    """Bring the environment to exactly these requirement files. Raises EmbeddedError."""
    texts = [file.read_text(encoding="utf-8") for file in files]
    stamp = VENV / f"stamp-{'-'.join(file.stem for file in files)}"
    wanted = hashlib.sha256("\0".join(texts).encode()).hexdigest()
    if _works() and stamp.is_file() and stamp.read_text(encoding="ascii") == wanted:
        return
    _check_space()
    if not _works():
        _create()
    lines = [line for text in texts for line in text.splitlines() if line.strip() and line[0] not in "-#"]
    _pip(machine.installable(lines))
    stamp.write_text(wanted, encoding="ascii")


def _works() -> bool:
    if not PYTHON.exists():
        return False
    answer = subprocess.run([PYTHON, "-c", "import pip"], capture_output=True, check=False)
    return answer.returncode == 0


def _check_space() -> None:
    free = shutil.disk_usage(ROOT).free // (1024 * 1024)
    if not PYTHON.exists() and free < NEEDED_MB:
        raise disk_full(ROOT, free_mb=free, needed_mb=NEEDED_MB)


def _create() -> None:
    print(f"· 创建虚拟环境 / Creating the virtual environment (Python {sys.version.split()[0]})", flush=True)
    if importlib.util.find_spec("ensurepip") is None:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise InstallFailed(
            f"这个 Python({sys.executable})缺少 venv / ensurepip 模块",
            f"This Python ({sys.executable}) has no venv / ensurepip module.",
            advice_zh=f"Debian / Ubuntu：sudo apt install python{version}-venv；或 make PYTHON=/另一个/python3",
            advice_en=f"Debian / Ubuntu: sudo apt install python{version}-venv; or make PYTHON=/another/python3",
        )
    answer = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", VENV], capture_output=True, text=True, check=False
    )
    if answer.returncode != 0:
        raise _failed("创建虚拟环境失败", "The virtual environment could not be made", answer.stdout + answer.stderr)


def _pip(lines: list[str]) -> None:
    begun, total, last = time.monotonic(), len(lines), deque[str](maxlen=15)
    print(f"· 安装依赖 / Installing {total} packages", flush=True)
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
        file.write("\n".join(lines))
        file.flush()
        options = ["--disable-pip-version-check", "--no-input", "--progress-bar", "off", "-r", file.name]
        argv = [str(PYTHON), "-m", "pip", "install", *options]
        with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as pip:
            seen = 0
            for line in pip.stdout or ():
                last.append(line.rstrip())
                if match := SEEN.match(line):
                    seen += 1
                    _progress(min(seen, total), total, match.group(1))
    if pip.returncode != 0:
        raise _failed("安装依赖失败", "The packages could not be installed", "\n".join(last))
    print(f"{_again()}✓ 依赖已就绪 / packages are ready  {time.monotonic() - begun:.1f} s", flush=True)


def _progress(seen: int, total: int, name: str) -> None:
    if sys.stdout.isatty():
        print(f"{_again()}  {seen}/{total} {name}", end="", flush=True)


def _again() -> str:
    return "\r\x1b[K" if sys.stdout.isatty() else ""


def _failed(zh: str, en: str, output: str) -> EmbeddedError:
    if "No space left on device" in output:
        return disk_full(ROOT)
    return InstallFailed(
        zh,
        f"{en}:\n{output.strip()}",
        advice_zh="检查网络与 pip 镜像设置(pip config list)，然后再运行一次；已完成的部分会保留。",
        advice_en="Check the network and pip's index settings (pip config list), then run it again.",
    )


if __name__ == "__main__":
    raise SystemExit(main())
