"""`make screenshots`: a picture of every page in both languages, by day and night, on a phone and a PC.

Written to the folder named on the command line (default var/screenshots), with an index.html to look through.
"""

import argparse
import re
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from embedded.stack import Stack
from tests.browser import chromium, phone_pictures
from tests.browser.conftest import ARGUMENTS, SETTINGS
from tests.browser.pages import PLACES
from tests.browser.visitor import DESKTOP, PHONE, STORE, visiting
from tests.browser.world import make_world

LOOKS = [(language, theme) for language in ("zh", "en") for theme in ("light", "dark")]


def main() -> int:
    """0: all pictures are there."""
    parser = argparse.ArgumentParser(prog="python -m tests.browser.screenshots", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=Path("var/screenshots"))
    parser.add_argument("--only", default="", help="pages whose name this pattern is found in")
    given = parser.parse_args()
    path = chromium.find()
    if path is None:
        print(chromium.why_missing())
        return 2
    given.folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="huitou-pictures-", ignore_cleanup_errors=True) as data,
        Stack(Path(data) / "data", durable=False, env=SETTINGS) as stack,
    ):
        names = _take(stack, path, given.folder, only=given.only)
    figures = "".join(
        f'<figure><img src="{name}" loading="lazy"><figcaption>{name}</figcaption></figure>' for name in names
    )
    (given.folder / "index.html").write_text(f"<!doctype html><meta charset=utf-8><title>Huitou</title>{figures}")
    print(f"{len(names)} 张图片 / pictures: {given.folder}/index.html")
    return 0


def _take(stack: Stack, path: str, folder: Path, *, only: str) -> list[str]:
    world, names = make_world(stack), []
    places = [place for place in PLACES if re.search(only, place.name)]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        for language, theme in LOOKS:
            for login, door in sorted({(place.login, place.door) for place in places}):
                with visiting(browser, stack.web_url, language=language, theme=theme) as visitor:
                    if login:
                        visitor.sign_in(login, store_code=STORE if door == "counter" else None)
                    for place in (place for place in places if (place.login, place.door) == (login, door)):
                        for size, width in ((DESKTOP, "pc"), (PHONE, "phone")):
                            visitor.page.set_viewport_size(size)
                            visitor.open(world.path(place.path))
                            visitor.page.wait_for_load_state("networkidle")
                            name = f"{place.name}.{language}.{theme}.{width}.png"
                            visitor.page.screenshot(path=folder / name, full_page=True)
                            names.append(name)
                            print(f"  {name}", flush=True)
        names += phone_pictures.take(browser, stack.phone_url, folder, only=only, say=print)
        browser.close()
    return names


if __name__ == "__main__":
    raise SystemExit(main())
