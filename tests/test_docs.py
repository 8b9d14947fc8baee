"""What the pages say is what the code does: settings, errors, operations, links."""

import re
from dataclasses import MISSING, fields
from pathlib import Path

import pytest
from apiflask import APIFlask

from config import Config, ConfigError, env_key
from tests import reference_pages
from tests.conftest import test_environment

ROOT = Path(__file__).resolve().parent.parent
CONFIGURATION = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")
REQUIRED = {env_key(one.name) for one in fields(Config) if one.default is MISSING}
DEFAULTS = {env_key(one.name): str(one.default) for one in fields(Config) if one.default is not MISSING}
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
# Read from the environment by something else than this product.
FOREIGN = {"PATH", "HOME", "TMPDIR"}


def rows(title: str) -> list[list[str]]:
    """The cells of the table below a heading of docs/configuration.md."""
    section = CONFIGURATION.partition(f"## {title}\n")[2].partition("\n## ")[0]
    table = [line for line in section.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table]


def test_every_setting_is_documented_with_its_default() -> None:
    assert {row[0].strip("`") for row in rows("Must be given")} == REQUIRED
    told = {row[0].strip("`"): row[1].strip("`") for row in rows("May be given")}
    assert {key: "" if value == "*empty*" else value for key, value in told.items()} == DEFAULTS
    for row in rows("Must be given") + rows("May be given"):
        assert all(row), row


def test_every_variable_read_anywhere_is_documented() -> None:
    found = set()
    for folder in ("app", "blueprints", "jobs", "sandbox", "embedded"):
        for path in (ROOT / folder).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            found |= set(re.findall(r"os\.environ(?:\.get\(|\[)\s*\"([A-Z_]+)\"", text))
    assert len(found) >= 5
    assert {key for key in found - FOREIGN if f"`{key}`" not in CONFIGURATION} == set()


def example() -> dict[str, str]:
    return dict(line.split("=", 1) for line in EXAMPLE.splitlines() if re.match(r"[A-Z]", line))


def test_the_example_names_every_setting() -> None:
    assert set(example()) == REQUIRED | {"APP_ENV"}
    assert dict(re.findall(r"(?m)^#([A-Z_]+)=(.*)$", EXAMPLE)) == {k: v for k, v in DEFAULTS.items() if k != "APP_ENV"}


def test_the_example_as_it_stands_is_refused() -> None:
    with pytest.raises(ConfigError):
        Config.from_env(example())


@pytest.mark.parametrize("key", sorted(REQUIRED))
def test_a_placeholder_left_behind_is_refused(key: str) -> None:
    filled = {**test_environment(database_url="postgresql://x", redis_url="redis://x"), "APP_ENV": "production"}
    del filled["WECHAT_BASE_URL"]
    assert Config.from_env(filled).is_production
    with pytest.raises(ConfigError, match=key):
        Config.from_env({**filled, key: example()[key]})


def test_every_error_is_documented() -> None:
    page = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    assert reference_pages.errors_table() in page, "run: python -m tests.reference_pages"


def test_every_operation_is_documented(shared_app: APIFlask) -> None:
    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    assert reference_pages.operations_table(shared_app) in page, "run: python -m tests.reference_pages"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s#]+)(?:#[^)]*)?\)", text):
        if "://" not in target:
            assert (page.parent / target).exists(), target


def test_every_make_target_of_the_readme_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"`?make ([a-z][a-z-]+)`", (ROOT / "README.md").read_text(encoding="utf-8"))):
        assert re.search(rf"(?m)^{target}:", makefile), target
