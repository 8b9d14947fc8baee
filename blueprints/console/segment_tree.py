"""A segment's rule as the builder's form holds it: read from the form, from JSON, and written as JSON.

Field names are the part's path and what is told: "p.how", "p.0.is", "p.0.min", "p.1.how", "p.1.0.any_of".
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from app.rules.segment_grammar import MAX_DEPTH, MAX_PARTS
from blueprints.console import segment_questions as questions
from blueprints.pages.words import fen_of

ROOT: Final = "p"


@dataclass
class Part:
    """A group (`how` is all or any) with its parts, or a question with what is typed of it; `is_not` turns it over."""

    how: str | None = None
    is_not: bool = False
    kind: str = ""
    said: dict[str, Any] = field(default_factory=dict)
    parts: list["Part"] = field(default_factory=list)
    # Where it stands in the form, and in the JSON that was made of it last.
    path: str = ROOT
    place: str = ""

    @property
    def sources(self) -> set[str]:
        """Where its choices come from, those of its parts too."""
        if self.how is not None:
            return set().union(*(part.sources for part in self.parts))
        lists = [name for name in questions.fields_of(self.kind) if questions.is_list(name)]
        return {found for name in lists if (found := questions.source(self.kind, name))}

    def walk(self) -> Iterator["Part"]:
        """It and all below."""
        yield self
        for part in self.parts:
            yield from part.walk()


def empty() -> Part:
    """To begin with: one question that nobody has chosen yet."""
    return numbered(Part(how="all", parts=[Part()]))


def from_form(form: Mapping[str, Any]) -> Part:
    """What a form holds; `form` has `getlist`."""
    if f"{ROOT}.how" not in form:
        return empty()
    return numbered(_read(form, ROOT, depth=1))


def from_json(rule: Mapping[str, Any]) -> Part:
    """A stored rule; a lone question stands in a group."""
    part = _of({key: value for key, value in rule.items() if key != "v"})
    return numbered(part if part.how is not None and not part.is_not else Part(how="all", parts=[part]))


def change(root: Part, action: str) -> Part:
    """Add a question or a group to a group, or take a part away: "question:p.1", "group:p", "remove:p.0"."""
    what, _, path = action.partition(":")
    for part in list(root.walk()):
        if part.path == path and part.how is not None and len(part.parts) < MAX_PARTS:
            if what == "question":
                part.parts.append(Part())
            elif what == "group" and path.count(".") < MAX_DEPTH - 2:
                part.parts.append(Part(how="any", parts=[Part()]))
        if what == "remove":
            part.parts = [one for one in part.parts if one.path != path]
    return numbered(root)


def as_json(root: Part) -> dict[str, Any] | None:
    """The rule, and each part's place in it; questions nobody chose are left out. None: nothing is asked yet."""
    for part in root.walk():
        part.place = ""
    return _json(root, "rule")


def numbered(root: Part, path: str = ROOT) -> Part:
    """Paths by position."""
    root.path = path
    for n, part in enumerate(root.parts):
        numbered(part, f"{path}.{n}")
    return root


def _read(form: Mapping[str, Any], path: str, *, depth: int) -> Part:
    is_not = f"{path}.not" in form
    if f"{path}.how" not in form:
        kind = str(form.get(f"{path}.is", ""))
        return Part(is_not=is_not, kind=kind if kind in questions.NAMES else "", said=_said(form, path, kind))
    how = "any" if form[f"{path}.how"] == "any" else "all"
    if depth > MAX_DEPTH:
        return Part(how=how, is_not=is_not)
    places = [f"{path}.{n}" for n in range(MAX_PARTS + 1)]
    held = [place for place in places if f"{place}.how" in form or f"{place}.is" in form]
    return Part(how=how, is_not=is_not, parts=[_read(form, place, depth=depth + 1) for place in held])


def _said(form: Mapping[str, Any], path: str, kind: str) -> dict[str, Any]:
    said: dict[str, Any] = {}
    for name in questions.fields_of(kind):
        typed = [one.strip() for one in form.getlist(f"{path}.{name}") if one.strip()]  # type: ignore[attr-defined]
        if not questions.is_list(name):
            said[name] = typed[0] if typed else ""
        elif questions.source(kind, name) is None:
            said[name] = [part for one in typed for part in _parts(one)]
        else:
            said[name] = typed
    return said


def _parts(typed: str) -> list[str]:
    return [part.strip() for part in typed.replace("，", ",").replace("、", ",").split(",") if part.strip()]


def _of(rule: Mapping[str, Any]) -> Part:
    if "not" in rule:
        part = _of(rule["not"])
        part.is_not = not part.is_not
        return part
    for how in ("all", "any"):
        if how in rule:
            return Part(how=how, parts=[_of(one) for one in rule[how]])
    kind = rule["is"]
    said = {name: _shown(kind, name, value) for name, value in rule.items() if name != "is"}
    return Part(kind=kind, said=said)


def _shown(kind: str, name: str, value: Any) -> Any:
    if isinstance(value, list):
        return [str(one) for one in value]
    if kind == "spent_fen" and name in ("min", "max"):
        return f"{Decimal(value) / 100:f}"
    return str(value)


def _json(part: Part, place: str) -> dict[str, Any] | None:
    inner = f"{place}.not" if part.is_not else place
    part.place = inner
    made = _question(part) if part.how is None else _group(part, inner)
    return made if made is None or not part.is_not else {"not": made}


def _group(part: Part, place: str) -> dict[str, Any] | None:
    made: list[dict[str, Any]] = []
    for one in part.parts:
        rule = _json(one, f"{place}.{part.how}[{len(made)}]")
        if rule is not None:
            made.append(rule)
    return {str(part.how): made} if made else None


def _question(part: Part) -> dict[str, Any] | None:
    if not part.kind:
        return None
    told = {name: _value(part.kind, name, typed) for name, typed in part.said.items() if typed not in ("", [])}
    return {"is": part.kind, **told}


def _value(kind: str, name: str, typed: Any) -> Any:
    """As the API takes it; what cannot be read goes as it is, and the API says so."""
    try:
        if isinstance(typed, list):
            return [int(one) for one in typed] if kind == "birthday_month" else typed
        if kind == "spent_fen" and name in ("min", "max"):
            return fen_of(typed)
        return typed if name in ("from", "until") else int(typed)
    except (ValueError, InvalidOperation):
        return typed
