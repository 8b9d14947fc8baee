"""Who sees which page: every page by every role, through real sign-ins. What is not declared is refused."""

import uuid

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from werkzeug.routing import AnyConverter, BaseConverter, IntegerConverter, Rule

from blueprints.identity import STAFF_ROLES
from blueprints.pages.page_session import is_page
from tests.blueprints.expected_roles import ANYONE, COUNTER
from tests.blueprints.pages import visitor
from tests.blueprints.pages.expected import EXPECTED_PAGES
from tests.factories.staff import make_staff, make_store


def pages(app: APIFlask) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if is_page(rule.rule)]


def path_of(rule: Rule) -> str:
    values = {name: _made_up(rule._converters.get(name)) for name in rule.arguments}
    built = rule.build(values, append_unknown=False)
    assert built is not None
    return built[1]


def _made_up(converter: BaseConverter | None) -> object:
    if isinstance(converter, AnyConverter):
        return sorted(converter.items)[0]
    return 7 if isinstance(converter, IntegerConverter) else uuid.UUID(int=7)


def test_every_page_has_a_line(app: APIFlask) -> None:
    assert {rule.endpoint for rule in pages(app)} == set(EXPECTED_PAGES)
    undeclared = [
        rule.endpoint for rule in pages(app) if not getattr(app.view_functions[rule.endpoint], "_allowed", None)
    ]
    assert undeclared == []


@pytest.mark.parametrize("role", STAFF_ROLES)
@pytest.mark.parametrize("door", ["console", "counter"])
def test_every_role_at_every_page(app: APIFlask, client: FlaskClient, door: str, role: str) -> None:
    store = make_store()
    may_enter = role != "clerk" if door == "console" else role in COUNTER
    entered = visitor.sign_in(client, make_staff(role, at=[store]), store=store if door == "counter" else None)
    assert entered.status_code == (303 if may_enter else 403)
    wrong = []
    for rule in pages(app):
        if "GET" not in (rule.methods or ()) or not rule.endpoint.startswith(door):
            continue
        roles, answer = EXPECTED_PAGES[rule.endpoint], client.get(path_of(rule))
        if roles == ANYONE:
            fine = answer.status_code < 400
        elif not may_enter:
            fine = answer.status_code == 303 and f"/{door}/sign-in" in answer.headers["Location"]
        else:
            fine = (
                (answer.status_code < 500 and answer.status_code != 403) if role in roles else answer.status_code == 403
            )
        if not fine:
            wrong.append(f"{rule.rule} by {role}: {answer.status_code}")
    assert wrong == []


@pytest.mark.parametrize("door", ["console", "counter"])
def test_nobody_writes_without_the_page_s_token(app: APIFlask, client: FlaskClient, door: str) -> None:
    store = make_store()
    role = "admin" if door == "console" else "manager"
    visitor.sign_in(client, make_staff(role, at=[store]), store=store if door == "counter" else None)
    tried = 0
    for rule in pages(app):
        if "POST" in (rule.methods or ()) and rule.endpoint.startswith(door):
            answer = client.post(path_of(rule), data={"key": "k"})
            assert answer.status_code == 400, rule.rule
            assert "form_out_of_date" in answer.text
            tried += 1
    assert tried >= 2
