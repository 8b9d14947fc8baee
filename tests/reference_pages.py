"""The reference pages that are written from the code: `python -m tests.reference_pages` writes them, test_docs compares."""

import re
from collections.abc import Iterator
from pathlib import Path

from apiflask import APIFlask

from app.errors import LoyaltyError
from app.messages import TEXTS
from blueprints.errors import HTTP_CODES, INTERNAL, STATUS, status_of
from blueprints.openapi import SCHEMES, error_classes
from tests.blueprints.operations import Operation, operations_of
from tests.conftest import make_app

DOCS = Path(__file__).resolve().parent.parent / "docs"
BEGIN, END = "<!-- from the code -->", "<!-- end -->"
DOOR_TITLES = {
    "mini": "顾客 mini: the customer",
    "store": "门店 store: the clerk",
    "console": "后台 console: the marketer",
    "partner": "渠道 partner: tills, shops and e-commerce systems",
}


def errors_table() -> str:
    """The generated part of docs/errors.md."""
    rows: dict[int, dict[str, str]] = {500: {INTERNAL: "a mistake of ours; the log has it under the request id"}}
    for status, code in HTTP_CODES.items():
        rows.setdefault(status, {})[code] = "before any view is reached"
    for kind in error_classes():
        rows.setdefault(status_of(kind), {})[kind.code] = _doc(kind)
    return "\n".join([BEGIN, *_error_lines(rows), END])


def _error_lines(rows: dict[int, dict[str, str]]) -> Iterator[str]:
    for status, docs in sorted(rows.items()):
        yield f"\n## {status}\n"
        yield "| code | 中文 | English | when; data |"
        yield "|---|---|---|---|"
        yield from (_row(code, doc) for code, doc in sorted(docs.items()))
    yield ""


def _row(code: str, doc: str) -> str:
    chinese, english = TEXTS[code]
    return f"| `{code}` | {chinese} | {english} | {doc} |"


def _doc(kind: type[LoyaltyError]) -> str:
    if kind in STATUS:
        return "where nothing more exact is known"
    return _joined(kind.__doc__ or "")


def _joined(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip().replace("|", "\\|")


def operations_table(app: APIFlask) -> str:
    """The generated part of docs/api.md."""
    with app.test_request_context():
        found = operations_of(app, dict(app.spec))  # type: ignore[arg-type]
    return "\n".join([BEGIN, *_table(found), END])


def _table(found: list[Operation]) -> Iterator[str]:
    for door, title in DOOR_TITLES.items():
        yield f"\n### {title}\n"
        yield "| | path below `/api/" + door + "/v1` | roles | key | what |"
        yield "|---|---|---|---|---|"
        for one in sorted(found, key=lambda one: (one.rule, one.method)):
            if one.door == door and door in SCHEMES:
                path = re.sub(r"<(?:[^<:]+:)?([^>]+)>", r"{\1}", one.rule).removeprefix(f"/api/{door}/v1")
                key = "yes" if one.is_idempotent else ""
                roles = ", ".join(sorted(one.roles))
                yield f"| {one.method} | `{path}` | {roles} | {key} | {_joined(one.spec['summary'])} |"
    yield ""


def write() -> None:
    """Bring both pages up to date."""
    app = make_app(database_url="postgresql://nobody@127.0.0.1:9/none", redis_url="redis://127.0.0.1:9/0")
    for name, table in (("errors.md", errors_table()), ("api.md", operations_table(app))):
        page = (DOCS / name).read_text(encoding="utf-8")
        before, _, rest = page.partition(BEGIN)
        (DOCS / name).write_text(before + table + rest.partition(END)[2], encoding="utf-8")


if __name__ == "__main__":
    write()
