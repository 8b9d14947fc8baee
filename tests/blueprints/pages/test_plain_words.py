"""People read words: every code that a page shows has one in both languages."""

import ast
from pathlib import Path

from app.rules.badge_art import EMBLEMS
from blueprints.console.audit_words import NOUNS, VERBS
from blueprints.console.emblems import NAMES
from blueprints.console.job_words import COUNTS, JOBS

ROOT = Path(__file__).parents[3]
NOT_TICKS = {
    "__init__",
    "allowance",
    "board",
    "drain_lane",
    "flight",
    "lane_turn",
    "lanes",
    "lead",
    "runner",
    "scheduler",
    "volley",
    "worker",
}


def test_emblems_have_names() -> None:
    assert set(NAMES) == set(EMBLEMS)


def test_every_tick_has_a_name() -> None:
    assert set(JOBS) == {one.stem for one in (ROOT / "jobs").glob("*.py")} - NOT_TICKS


def test_what_ticks_count_has_words() -> None:
    counted = {
        key.value
        for path in (ROOT / "jobs").glob("*.py")
        if path.stem in JOBS
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Dict)
        for key in node.keys
        if isinstance(key, ast.Constant)
    }
    assert counted <= set(COUNTS)


RECORDS = "audit.record"


def test_every_action_of_the_audit_has_words() -> None:
    actions: set[str] = set()
    nouns: set[str] = set()
    for path in (ROOT / "app" / "services").glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        places = places_of_actions(tree)
        for call in calls_in(tree):
            place = places.get(ast.unparse(call.func))
            if place is not None and place < len(call.args):
                actions |= {one for one in texts_in(call.args[place]) if not one.endswith(".")}
            if ast.unparse(call.func) == RECORDS:
                nouns |= {one for kept in call.keywords if kept.arg == "object_kind" for one in texts_in(kept.value)}
    assert {"create", "schedule", "member.merge"} <= actions
    assert {one.rpartition(".")[2] for one in actions} <= set(VERBS)
    assert {one.partition(".")[0] for one in actions if "." in one} <= set(NOUNS)
    assert nouns <= set(NOUNS)


def places_of_actions(tree: ast.Module) -> dict[str, int]:
    """Which argument of which function is an action or its verb: audit.record's first, and what is handed on to it."""
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    places = {RECORDS: 0}
    for _ in functions:
        for function in functions:
            names = [one.arg for one in (*function.args.args, *function.args.kwonlyargs)]
            for call in calls_in(function):
                place = places.get(ast.unparse(call.func))
                if place is None or place >= len(call.args):
                    continue
                handed = [one.id for one in ast.walk(call.args[place]) if isinstance(one, ast.Name) and one.id in names]
                if handed:
                    places.setdefault(function.name, names.index(handed[0]))
    return places


def calls_in(tree: ast.AST) -> list[ast.Call]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call)]


def texts_in(value: ast.expr) -> set[str]:
    """What it may be; not what something is compared with."""
    compared = {part for node in ast.walk(value) if isinstance(node, ast.Compare) for part in ast.walk(node)}
    left = (node for node in ast.walk(value) if node not in compared)
    return {node.value for node in left if isinstance(node, ast.Constant) and isinstance(node.value, str)}
