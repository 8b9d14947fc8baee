"""The compiled condition against a plain-Python evaluator: random rules over random members, every question among them."""

import random
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.extensions import db
from app.rules import segment_compiler, segment_grammar
from app.services import segments
from tests.factories import segment_world
from tests.services.segment_evaluator import QUESTIONS, Books, ids_in
from tests.services.segment_rules import QUESTIONS as RANDOM
from tests.services.segment_rules import Rules

MEMBERS, RULES, PER_QUESTION = 40, 300, 12


def compiled_ids(rule: dict[str, Any], now: datetime) -> list[int]:
    compiled = segment_compiler.compile(rule)
    assert all(name.startswith("seg_") for name in compiled.params)
    statement = text(f"SELECT m.id FROM member m WHERE m.status = 'active' AND {compiled.sql} ORDER BY m.id")  # noqa: S608
    return list(db.session.scalars(statement, {**compiled.params, **segments.bindings(now)}))


def test_sql_and_python_agree_on_random_rules(db_session: Session, now: datetime) -> None:
    words = segment_world.build(members=MEMBERS, seed=20261120, now=now)
    books, chance = Books(now), random.Random(5)
    rules = Rules(chance, words)
    asked = [rules.question(kind) for kind in segment_grammar.QUESTIONS for _ in range(PER_QUESTION)]
    asked += [rules.rule() for _ in range(RULES)]
    telling = set[str]()
    for rule in asked:
        found = ids_in(rule, books)
        assert compiled_ids(rule, now) == found, rule
        if "is" in rule and 0 < len(found) < len(books.members):
            telling.add(rule["is"])
    # A question that everybody or nobody answers alike would show nothing.
    assert telling == set(segment_grammar.QUESTIONS)


def test_every_question_has_a_second_opinion() -> None:
    assert segment_grammar.QUESTIONS.keys() == QUESTIONS.keys() == RANDOM.keys()
