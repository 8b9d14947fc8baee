"""`python -m embedded.forget --data DIR`: delete a data folder, wherever its parts lie. Refuses while it is in use."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from embedded.errors import EmbeddedError
from embedded.lock import FolderLock
from embedded.placement import forget, prepare_folder


def main() -> int:
    """0: gone; 2: refused with a coded message."""
    parser = argparse.ArgumentParser(prog="python -m embedded.forget", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    given = parser.parse_args().data
    if not given.is_dir():
        return 0
    if not any((given / name).exists() for name in ("lock", "services", "secrets.env")):
        print(f"{given}: 不是数据目录 / not a data folder of ours", file=sys.stderr)
        return 2
    try:
        folder = prepare_folder(given)
        lock = FolderLock(folder)
        for gone in forget(folder):
            print(f"已删除 / deleted: {gone}")
        lock.release()
    except EmbeddedError as problem:
        print(problem, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
