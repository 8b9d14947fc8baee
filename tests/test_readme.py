"""What the pages tell a newcomer to open, type or look into is there: paths, names, commands, the map of the house.

Links, settings, errors and operations are compared by test_docs."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
NAMES = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", *(str(p.relative_to(ROOT)) for p in ROOT.glob("docs/**/*.md"))]
PAGES = {name: (ROOT / name).read_text(encoding="utf-8") for name in sorted(NAMES)}

# Pages about the programme leave its first folder out: `rules/lots.py`, `statements/claim.GIVE`.
FLOORS = "rules|services|statements|gateways|models|commands"
ROOMS = f"app|blueprints|jobs|tests|embedded|sandbox|migrations|demo|docs|{FLOORS}"
# These lie in the data folder of a running copy.
DATA = {"services/postgres/", "services/ports.json"}
# What `python -m` finds in the environment, not here.
INSTALLED = {"flask", "pytest", "ruff", "mypy", "granian", "pip", "venv"}
HOSTS = {"127.0.0.1", "api.weixin.qq.com", "your.domain"}
# Folders of a workplace, written so that this file does not hold them.
PRIVATE = re.compile("/" + r"work\b|(?<![\w-])" + "shared" + "/|/home/|/Users/")


def code_of(text: str) -> str:
    """What is set as code, in spans and in blocks: the words a person would type or look up."""
    blocks = re.findall(r"```\w*\n(.*?)```", text, flags=re.DOTALL)
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    return "\n".join(blocks + spans)


def is_there(mention: str) -> bool:
    """Whether a path, or a name in a module (`statements/claim.GIVE`), exists."""
    for base in (ROOT, ROOT / "app"):
        if (base / mention).exists():
            return True
        module, _, name = mention.partition(".")
        file = base / f"{module}.py"
        if name and file.is_file() and re.search(rf"\b{re.escape(name)}\b", file.read_text(encoding="utf-8")):
            return True
    return False


@pytest.mark.parametrize("page", PAGES)
def test_every_path_exists(page: str) -> None:
    mentions = set(re.findall(rf"(?<![\w/.-])((?:{ROOMS})/[\w./-]*\w/?)", code_of(PAGES[page])))
    assert [mention for mention in sorted(mentions - DATA) if not is_there(mention)] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_make_target_exists(page: str) -> None:
    targets = set(re.findall(r"(?m)^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8")))
    assert set(re.findall(r"(?:^|[\s(])make ([a-z][a-z-]*)", code_of(PAGES[page]), flags=re.MULTILINE)) <= targets


@pytest.mark.parametrize("page", PAGES)
def test_every_flask_command_exists(page: str) -> None:
    source = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "app" / "commands").glob("*.py"))
    groups = {name: set(re.findall(rf'{name}_group\.command\("([a-z-]+)"', source)) for name in ("campaign", "jobs")}
    assert all(groups.values())
    groups |= {name: set() for name in re.findall(r'@click\.command\("([a-z-]+)"', source)}
    groups["db"] = {"upgrade", "downgrade", "current", "heads", "history"}  # Flask-Migrate's own
    for command, rest in re.findall(
        r"(?:^|[\s(])flask (?:--app \w+ )?([a-z-]+)(?: ([a-z]+))?", code_of(PAGES[page]), re.M
    ):
        assert command in groups, command
        assert not groups[command] or not rest or rest in groups[command], (command, rest)


@pytest.mark.parametrize("page", PAGES)
def test_every_module_to_run_exists(page: str) -> None:
    for module in set(re.findall(r"python3? -m ([a-z_.]+)", code_of(PAGES[page]))) - INSTALLED:
        place = ROOT / module.replace(".", "/")
        assert place.with_suffix(".py").is_file() or (place / "__main__.py").is_file(), module


@pytest.mark.parametrize("page", PAGES)
def test_pages_speak_of_the_product_alone(page: str) -> None:
    assert PRIVATE.search(PAGES[page]) is None
    assert set(re.findall(r"https?://([^/\s`)>:|…]+)", PAGES[page])) <= HOSTS


def house_map() -> dict[str, str]:
    """Folder → what the README's map says of it."""
    block = PAGES["README.md"].partition("## The house")[2].split("```")[1]
    rooms = re.split(r"(?m)(?:^|(?<=\s))((?:[a-z]+_?[a-z]+/)+|[a-z]+\.py)\s", block)
    return dict(zip(rooms[1::2], rooms[2::2], strict=True))


def test_the_map_shows_the_house() -> None:
    shown = house_map()
    # A door is told within its house, a kind of test within tests/.
    inside = [ROOT, ROOT / "blueprints", ROOT / "tests"]
    assert [name for name in shown if not any((room / name).exists() for room in inside)] == []
    packages = {f"{path.parent.name}/" for path in ROOT.glob("*/__init__.py")} - {"app/"}
    floors = {f"app/{path.parent.name}/" for path in (ROOT / "app").glob("*/__init__.py")} - {"app/errors/"}
    assert packages | floors <= set(shown)


def test_the_map_names_services_that_exist() -> None:
    names = house_map()["app/services/"].partition("what we do")[2].split("…")[0].split()
    assert len(names) >= 5
    assert [name for name in names if not (ROOT / "app" / "services" / f"{name}.py").is_file()] == []


def test_a_lie_would_be_seen() -> None:
    assert not is_there("rules/luck.py")
    assert not is_there("statements/claim.LUCK")
    assert is_there("statements/claim.GIVE")
    assert is_there("app/rules/lots.py")
    assert code_of("make it `make run` so\n```sh\nmake test\n```") == "make test\n\nmake run"
