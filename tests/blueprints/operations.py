"""The operations of the running application, each with its description and its lock."""

import re
from dataclasses import dataclass
from typing import Any

from apiflask import APIFlask

from blueprints.idempotency import HEADER


@dataclass(frozen=True)
class Operation:
    """One method on one path; `rule` as Flask writes it."""

    endpoint: str
    method: str
    rule: str
    spec: dict[str, Any]
    roles: frozenset[str]
    is_idempotent: bool

    @property
    def door(self) -> str:
        return self.endpoint.partition(".")[0]

    @property
    def asks_for_key(self) -> bool:
        return any(one["name"] == HEADER and one["required"] for one in self.spec["parameters"])

    def __repr__(self) -> str:
        return f"{self.method} {self.rule}"


def operations_of(app: APIFlask, document: dict[str, Any]) -> list[Operation]:
    """Every described operation."""
    found = []
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<(?:[^<:]+:)?([^>]+)>", r"{\1}", rule.rule)
        view = app.view_functions[rule.endpoint]
        for method in sorted(rule.methods or ()):
            spec = document["paths"].get(path, {}).get(method.lower())
            if spec is not None:
                roles: frozenset[str] = getattr(view, "_allowed", frozenset())
                found.append(Operation(rule.endpoint, method, rule.rule, spec, roles, hasattr(view, "_idempotent")))
    return found
