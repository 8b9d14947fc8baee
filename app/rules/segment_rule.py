"""A segment's rule as a tree: questions, combined by all, any and not. Read from JSON, and written as it is stored."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from app.errors import SegmentRuleInvalid
from app.rules.segment_grammar import GRAMMAR, MAX_DEPTH, MAX_PARTS, MAX_QUESTIONS, QUESTIONS, faults_of

GROUPS: Final = ("all", "any", "not")
ROOT: Final = "rule"
# A key that somebody made up is told back only this far.
_SHOWN_KEY: Final = 40
# As many as a person corrects in one go; what is worse than that is not read to its end.
_MOST_FAULTS: Final = 50


@dataclass(frozen=True)
class Question:
    """One question with what it was told; lists are sorted and without doubles."""

    kind: str
    said: Mapping[str, Any]

    def as_json(self) -> dict[str, Any]:
        """What is stored."""
        told = {name: list(value) if isinstance(value, tuple) else value for name, value in self.said.items()}
        return {"is": self.kind, **told}


@dataclass(frozen=True)
class Group:
    """`all` and `any` of at least one part; `not` of exactly one."""

    how: str
    parts: tuple["Node", ...]

    def as_json(self) -> dict[str, Any]:
        """What is stored."""
        parts = [part.as_json() for part in self.parts]
        return {self.how: parts[0] if self.how == "not" else parts}


Node = Question | Group


def parse(written: Any) -> Node:
    """Read what a marketer wrote. Raises SegmentRuleInvalid(fields={path: reason}) naming every fault at once."""
    reader = _Reader()
    node = reader.root(written)
    if reader.faults or node is None:
        raise SegmentRuleInvalid(fields=reader.faults)
    return node


def as_json(node: Node) -> dict[str, Any]:
    """A whole rule as it is stored: parse() reads it back."""
    return {"v": GRAMMAR, **node.as_json()}


def questions(node: Node) -> Iterator[Question]:
    """The questions of a rule, from left to right."""
    if isinstance(node, Question):
        yield node
        return
    for part in node.parts:
        yield from questions(part)


class _Reader:
    """Reads one rule and keeps what is wrong with it; never deeper or wider than a rule may be."""

    def __init__(self) -> None:
        self.faults: dict[str, str] = {}
        self._questions = 0

    def root(self, written: Any) -> Node | None:
        if isinstance(written, Mapping) and "v" in written:
            if type(written["v"]) is not int or written["v"] != GRAMMAR:
                self._refuse(f"{ROOT}.v", "unknown_grammar")
            written = {key: value for key, value in written.items() if key != "v"}
        return self._node(written, ROOT, depth=1)

    def _node(self, written: Any, path: str, *, depth: int) -> Node | None:
        if self._questions > MAX_QUESTIONS or len(self.faults) >= _MOST_FAULTS:
            return None
        fault = _node_fault(written, depth=depth)
        if fault:
            self._refuse(path, fault)
            return None
        if "is" in written:
            return self._question(written, path)
        how = next(name for name in GROUPS if name in written)
        for key in written:
            if key != how:
                self._refuse(f"{path}.{_shown(key)}", "unknown_field")
        if how == "not":
            return self._group(how, {f"{path}.not": written[how]}, depth=depth)
        fault = _parts_fault(written[how])
        if fault:
            self._refuse(f"{path}.{how}", fault)
            return None
        return self._group(how, {f"{path}.{how}[{n}]": part for n, part in enumerate(written[how])}, depth=depth)

    def _group(self, how: str, parts: Mapping[str, Any], *, depth: int) -> Group:
        nodes = [self._node(part, path, depth=depth + 1) for path, part in parts.items()]
        return Group(how, tuple(node for node in nodes if node is not None))

    def _question(self, written: Mapping[Any, Any], path: str) -> Question | None:
        self._questions += 1
        kind = written["is"]
        if self._questions > MAX_QUESTIONS:
            self._refuse(ROOT, "too_many_questions")
            return None
        if not isinstance(kind, str) or kind not in QUESTIONS:
            self._refuse(f"{path}.is", "unknown_question")
            return None
        said = {key: value for key, value in written.items() if key != "is" and value is not None}
        faults = faults_of(kind, said)
        for name, fault in faults.items():
            self._refuse(f"{path}.{_shown(name)}", fault)
        if faults:
            return None
        lists = {name: tuple(sorted(set(value))) for name, value in said.items() if isinstance(value, list)}
        return Question(kind, {**said, **lists})

    def _refuse(self, path: str, fault: str) -> None:
        self.faults[path] = fault


def _node_fault(written: Any, *, depth: int) -> str | None:
    if not isinstance(written, Mapping):
        return "not_an_object"
    if depth > MAX_DEPTH:
        return "too_deep"
    return None if {"is", *GROUPS} & written.keys() else "not_a_question_or_group"


def _parts_fault(written: Any) -> str | None:
    if not isinstance(written, list) or not written:
        return "not_a_list"
    return "too_many_parts" if len(written) > MAX_PARTS else None


def _shown(key: Any) -> str:
    return "".join(c if c.isprintable() else "?" for c in str(key)[:_SHOWN_KEY])
