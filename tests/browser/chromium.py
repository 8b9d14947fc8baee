"""Find Chromium, or install it where that is allowed: `python -m tests.browser.chromium`.

As root with Debian's packages it comes from there, with a font that has Chinese; elsewhere Playwright downloads its own.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

CHOSEN = "HUITOU_CHROMIUM"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PACKAGES = ("chromium", "fonts-noto-cjk")
INSTALL_SECONDS = 900


def find() -> str | None:
    """The path of a Chromium on this machine: named by HUITOU_CHROMIUM, on the PATH, or Playwright's own."""
    chosen = os.environ.get(CHOSEN)
    if chosen:
        return chosen if Path(chosen).is_file() else None
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    return found or _own()


def why_missing() -> str:
    """What somebody without a browser reads."""
    return (
        "没有找到 Chromium / No Chromium: install it (Debian: apt install chromium fonts-noto-cjk), run"
        f" `.venv/bin/python -m playwright install chromium`, or name one in {CHOSEN}"
    )


def is_needed() -> bool:
    """Whether its absence is a failure: in continuous integration."""
    return bool(os.environ.get("CI"))


def _own() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).is_file() else None


def _has_chinese() -> bool:
    """Whether some font has Chinese; without one every picture is boxes."""
    if shutil.which("fc-list") is None:
        return False
    return bool(subprocess.run(["fc-list", ":lang=zh"], capture_output=True, text=True, check=False).stdout.strip())


def _run(*argv: str) -> bool:
    try:
        return subprocess.run(argv, check=False, timeout=INSTALL_SECONDS, stdin=subprocess.DEVNULL).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def install() -> None:
    """Bring what is missing, where this machine lets us. Says so; never fails: the tests decide what a missing browser means."""
    may_use_apt = hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get") is not None
    missing = find() is None
    if may_use_apt and (missing or not _has_chinese()):
        print("· 安装 Chromium 与中文字体 / Installing Chromium and a Chinese font", flush=True)
        os.environ["DEBIAN_FRONTEND"] = "noninteractive"
        _run("apt-get", "-qq", "update")
        _run("apt-get", "-qq", "install", "-y", "--no-install-recommends", *PACKAGES)
    elif missing:
        print("· 下载 Chromium / Downloading Chromium", flush=True)
        _run(sys.executable, "-m", "playwright", "install", "chromium")
    if find() is None:
        print(why_missing(), file=sys.stderr, flush=True)


if __name__ == "__main__":
    install()
