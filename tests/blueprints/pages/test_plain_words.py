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


def test_every_action_of_the_audit_has_words() -> None:
    calls = [
        node
        for path in (ROOT / "app" / "services").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("audit.record", "_audit")
    ]
    first = [call.args[0].value for call in calls if call.args and isinstance(call.args[0], ast.Constant)]
    nouns = [
        kept.value.value
        for call in calls
        for kept in call.keywords
        if kept.arg == "object_kind" and isinstance(kept.value, ast.Constant)
    ]
    assert {str(one).rpartition(".")[2] for one in first} <= set(VERBS)
    assert {str(one).partition(".")[0] for one in first if "." in str(one)} <= set(NOUNS)
    assert {str(one) for one in nouns} <= set(NOUNS)
