"""The whole product, as `make demo` plays it: real processes, real HTTP, the database asked after each step."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# What the story asks the database and the sandbox; fewer means that a chapter was lost.
FEWEST_CHECKS = 35


@pytest.mark.timeout(900)
def test_the_story_plays_without_a_surprise() -> None:
    # An instance of its own: neither this suite's services nor anybody's settings.
    inherited = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")}
    played = subprocess.run(
        [sys.executable, "-m", "demo"],
        cwd=ROOT,
        env=inherited,
        capture_output=True,
        text=True,
        check=False,
        timeout=840,
    )
    assert played.returncode == 0, played.stdout[-3000:] + played.stderr[-3000:]
    assert "✗" not in played.stdout
    assert played.stdout.count("✓") >= FEWEST_CHECKS
