"""The rules of the house, read from the source alone. Each rule is also shown to refuse what it forbids."""

import ast
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SKIPPED = {".venv", "var", "miniprogram", ".git"}
MAX_LINES = 400
VAGUE = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "misc"}

FRAMEWORKS = ("flask", "apiflask", "flask_babel", "redis", "valkey", "wechatpy", "apscheduler", "dramatiq", "requests")
PAST_THE_API = ("app.services", "app.models", "app.extensions", "app.transaction", "app.gateways", "app.wiring")
# Room → what nobody in it may import; a prefix stands for everything below it.
FORBIDDEN = {
    "app.models": (*FRAMEWORKS, "app.services", "app.statements", "app.gateways", "app.wiring", "blueprints", "jobs"),
    "app.statements": (*FRAMEWORKS, "app.services", "app.gateways", "app.wiring", "blueprints", "jobs"),
    "app.services": (*FRAMEWORKS, "app.wiring", "app.transaction", "blueprints", "jobs"),
    "app.gateways": ("flask", "apiflask", "app.services", "app.wiring", "blueprints", "jobs"),
    "blueprints": ("sqlalchemy", "psycopg", "wechatpy", "apscheduler", "dramatiq", "app.statements", "jobs"),
    # The pages are the API's client: no second way to read or change anything.
    "blueprints.pages": PAST_THE_API,
    "blueprints.console": PAST_THE_API,
    "blueprints.counter": PAST_THE_API,
    "jobs": ("sqlalchemy", "psycopg", "wechatpy", "app.statements", "blueprints"),
    "sandbox": ("app", "blueprints", "jobs", "config"),
    "embedded": ("app", "blueprints", "jobs", "config", "sandbox"),
}
# Whoever else needs the time takes it as `now`.
CLOCK_READS = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns"}
# One bad item must not stop the others, one way not the other: logged there.
MAY_CATCH_ALL: frozenset[str] = frozenset(
    {
        "jobs.runner",
        # Answers nobody itself: the application behind it does.
        "blueprints.quick_answers",
        "jobs.plan_automations",
        "jobs.plan_birthdays",
        "jobs.give_benefits",
        "jobs.give_owed_coupons",
        "jobs.give_tier_gifts",
        "jobs.claim_purchases",
        "jobs.erase_members",
        "jobs.grant_anniversaries",
    }
)


@dataclass(frozen=True)
class Module:
    """One file: its dotted name and its text."""

    name: str
    text: str
    is_package: bool = False

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @cached_property
    def imports(self) -> frozenset[str]:
        """Dotted names, the imported name included: `from app import clock` is `app.clock`."""
        found: set[str] = set()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                found |= {one.name for one in node.names}
            elif isinstance(node, ast.ImportFrom):
                found |= {f"{self._origin(node)}.{one.name}" for one in node.names}
        return frozenset(found)

    def _origin(self, node: ast.ImportFrom) -> str:
        if node.level == 0:
            return node.module or ""
        package = self.name.split(".") if self.is_package else self.name.split(".")[:-1]
        above = package[: len(package) - node.level + 1]
        return ".".join([*above, node.module] if node.module else above)

    def calls(self) -> Iterator[str]:
        """`a.b` of each call `….a.b(…)`, `a` of each call `a(…)`."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call):
                yield ".".join(ast.unparse(node.func).split(".")[-2:])


Modules = list[Module]
Rule = Callable[[Modules], list[str]]


def within(name: str, *rooms: str) -> bool:
    return any(name == room or name.startswith(f"{room}.") for room in rooms)


def floors(modules: Modules) -> list[str]:
    return [
        f"{module.name} imports {name}"
        for module in modules
        for room, forbidden in FORBIDDEN.items()
        if within(module.name, room)
        for name in sorted(module.imports)
        if within(name, *forbidden)
    ]


def rules_are_pure(modules: Modules) -> list[str]:
    return [
        f"{module.name} imports {name}"
        for module in modules
        if within(module.name, "app.rules")
        for name in sorted(module.imports)
        if name.split(".")[0] not in sys.stdlib_module_names and not within(name, "app.rules", "app.errors")
    ]


def one_factory(modules: Modules) -> list[str]:
    return [
        f"{module.name} imports {name}"
        for module in modules
        if module.name != "app" and not within(module.name, "blueprints", "tests", "benchmarks")
        for name in module.imports
        if within(name, "blueprints")
    ]


def one_wechat_client(modules: Modules) -> list[str]:
    return [
        module.name
        for module in modules
        if not within(module.name, "app.gateways.wechat", "tests")
        and any(within(name, "wechatpy") for name in module.imports)
    ]


def one_clock(modules: Modules) -> list[str]:
    return [
        f"{module.name} calls {call}"
        for module in modules
        if within(module.name, "app", "blueprints", "jobs") and module.name != "app.clock"
        for call in module.calls()
        if call in CLOCK_READS
    ]


def edges_commit(modules: Modules) -> list[str]:
    return [
        f"{module.name} calls {call}"
        for module in modules
        if within(module.name, "app", "blueprints", "jobs") and module.name != "app.transaction"
        for call in module.calls()
        if call in {"session.commit", "session.rollback"}
    ]


def no_catch_all(modules: Modules) -> list[str]:
    return [
        f"{module.name}:{node.lineno}"
        for module in modules
        if within(module.name, "app", "blueprints", "jobs") and module.name not in MAY_CATCH_ALL
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ExceptHandler) and _catches_all(node)
    ]


def _catches_all(handler: ast.ExceptHandler) -> bool:
    last = handler.body[-1]
    if isinstance(last, ast.Raise) and last.exc is None:
        return False
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(kind is None or ast.unparse(kind) in {"Exception", "BaseException"} for kind in kinds)


def no_circles(modules: Modules) -> list[str]:
    names = {module.name for module in modules if within(module.name, "app.services")}
    calls = {
        module.name: {name for name in names if name in module.imports} for module in modules if module.name in names
    }
    done: set[str] = set()
    while free := {name for name in names - done if calls[name] <= done}:
        done |= free
    return sorted(names - done)


def small_enough(modules: Modules) -> list[str]:
    return [module.name for module in modules if len(module.text.splitlines()) > MAX_LINES]


def telling_names(modules: Modules) -> list[str]:
    return [module.name for module in modules if VAGUE & set(module.name.split("."))]


def says_what_it_is(modules: Modules) -> list[str]:
    return [module.name for module in modules if module.text and not ast.get_docstring(module.tree)]


def nothing_left_for_later(modules: Modules) -> list[str]:
    later = ("TO" + "DO", "FIX" + "ME", "XX" + "X")
    return [module.name for module in modules if any(word in module.text for word in later)]


# Each rule with sources it must refuse.
SEEN_FAILING: dict[Rule, list[tuple[str, str]]] = {
    floors: [
        ("app.services.points", "from flask import g"),
        ("app.services.points", "import redis"),
        ("app.services.points", "def f():\n    from wechatpy import WeChatClient"),
        ("app.services.points", "from apscheduler.schedulers.blocking import BlockingScheduler"),
        ("app.services.points", "import dramatiq"),
        ("app.services.points", "from app.transaction import transaction"),
        ("app.services.points", "from ..transaction import transaction"),
        ("app.models.coupon", "from app.services import coupons"),
        ("app.gateways.vault", "from app.services import members"),
        ("blueprints.mini.points", "from sqlalchemy import select"),
        ("blueprints.mini.points", "from app.statements import claim"),
        ("blueprints.console.members", "from app.services import members"),
        ("jobs.expire_points", "import sqlalchemy.exc"),
        ("sandbox.server", "from app import clock"),
        ("embedded.stack", "import app"),
    ],
    rules_are_pure: [
        ("app.rules.lots", "from app.extensions import db"),
        ("app.rules.lots", "import pydantic"),
        ("app.rules.lots", "from app import clock"),
    ],
    one_factory: [("jobs.worker", "from blueprints.identity import now"), ("wsgi", "import blueprints")],
    one_wechat_client: [("app.services.members", "import wechatpy"), ("app.wiring", "from wechatpy.crypto import x")],
    one_clock: [
        ("app.services.points", "import datetime\nx = datetime.datetime.now(datetime.UTC)"),
        ("app.rules.lots", "from datetime import date\nx = date.today()"),
        ("blueprints.identity", "import time\nx = time.time()"),
        ("jobs.scheduler", "from datetime import datetime\nx = datetime.utcnow()"),
    ],
    edges_commit: [("app.services.points", "db.session.commit()"), ("blueprints.mini.points", "session.rollback()")],
    no_catch_all: [
        ("app.services.points", "try:\n    f()\nexcept Exception:\n    pass"),
        ("blueprints.errors", "try:\n    f()\nexcept:\n    pass"),
        ("jobs.worker", "try:\n    f()\nexcept (ValueError, BaseException) as e:\n    print(e)"),
    ],
    small_enough: [("app.models.coupon", "x = 1\n" * (MAX_LINES + 1))],
    telling_names: [("app.utils", ""), ("blueprints.mini.helpers", ""), ("app.services.manager", "")],
    says_what_it_is: [("app.clock", "x = 1")],
    nothing_left_for_later: [("app.clock", "# " + "TO" + "DO")],
}
CIRCLE = [
    Module("app.services.points", "from app.services import tiers"),
    Module("app.services.tiers", "def f():\n    from app.services import members"),
    Module("app.services.members", "import app.services.points"),
]


@pytest.fixture(scope="module")
def house() -> Modules:
    found = []
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        if not SKIPPED & set(parts):
            name = ".".join(parts).removesuffix(".__init__")
            found.append(Module(name, path.read_text(encoding="utf-8"), is_package=path.name == "__init__.py"))
    assert {"app", "app.services.points", "blueprints.mini.points", "wsgi"} <= {module.name for module in found}
    return found


@pytest.mark.parametrize("rule", [*SEEN_FAILING, no_circles], ids=lambda rule: rule.__name__)
def test_the_house_keeps(rule: Rule, house: Modules) -> None:
    assert rule(house) == []


@pytest.mark.parametrize(
    ("rule", "name", "source"),
    [(rule, *case) for rule, cases in SEEN_FAILING.items() for case in cases],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_is_refused(rule: Rule, name: str, source: str) -> None:
    assert rule([Module(name, source)]) != []


def test_a_circle_is_refused() -> None:
    assert no_circles(CIRCLE) == sorted(module.name for module in CIRCLE)
    assert no_circles(CIRCLE[1:]) == []
