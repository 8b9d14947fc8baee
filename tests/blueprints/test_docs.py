"""The description tells the truth about every operation, and its page needs nobody but this machine."""

import re
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient

from blueprints.openapi import CALLS_WECHAT, LOOKS_UP, SCHEMES, codes_by_status
from tests.blueprints.operations import Operation, operations_of
from tests.conftest import make_app


@pytest.fixture
def document(client: FlaskClient) -> dict[str, Any]:
    response = client.get("/openapi.json")
    assert response.status_code == 200
    body: dict[str, Any] = response.get_json()
    return body


@pytest.fixture
def operations(app: APIFlask, document: dict[str, Any]) -> list[Operation]:
    return operations_of(app, document)


def test_every_operation_is_described(operations: list[Operation]) -> None:
    assert len({one.spec["operationId"] for one in operations}) == len(operations) > 40
    for one in operations:
        assert one.spec["summary"], one
        if one.door in SCHEMES:
            assert ("security" in one.spec) == (one.roles != {"anyone"}), one
            assert any(status.startswith("2") for status in one.spec["responses"]), one
            assert "503" in one.spec["responses"], one
    assert {one.door for one in operations} == {*SCHEMES, "health"}


def test_only_what_needs_a_key_asks_for_it(operations: list[Operation]) -> None:
    keyed = {one.endpoint for one in operations if one.asks_for_key}
    assert keyed == {one.endpoint for one in operations if one.is_idempotent}
    assert "mini.check_ins.check_in" in keyed


def test_refusals_share_one_shape(operations: list[Operation], document: dict[str, Any]) -> None:
    for one in operations:
        for status, response in one.spec["responses"].items():
            if status.startswith(("4", "5")) and one.door in SCHEMES:
                assert response["$ref"].startswith("#/components/responses/"), (one, status)
    told = [_schema(response)["allOf"][1] for response in document["components"]["responses"].values()]
    codes = {code for schema in told for code in schema["properties"]["error"]["properties"]["code"]["enum"]}
    assert codes == {code for codes in codes_by_status().values() for code in codes}


def test_references_resolve(document: dict[str, Any]) -> None:
    def walk(value: Any) -> None:
        if isinstance(value, dict):
            if "$ref" in value:
                target: Any = document
                for part in value["$ref"].removeprefix("#/").split("/"):
                    target = target[part]
            value = list(value.values())
        if isinstance(value, list):
            for one in value:
                walk(one)

    walk(document)
    assert "HTTPError" not in document["components"]["schemas"]
    assert "ValidationError" not in document["components"]["schemas"]


def test_views_the_description_names_exist(app: APIFlask) -> None:
    assert set(app.view_functions) >= CALLS_WECHAT | LOOKS_UP


def test_a_forged_host_is_not_remembered(database_url: str) -> None:
    client = make_app(database_url=database_url).test_client()
    assert b"evil.example" not in client.get("/openapi.json", headers={"Host": "evil.example"}).data


def test_the_page_loads_nothing_from_elsewhere(client: FlaskClient) -> None:
    page = client.get("/docs")
    assert page.status_code == 200
    policy = page.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "default-src 'none'" in policy
    places = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(places) >= 4
    for place in places:
        assert place.startswith("/"), place
        assert not place.startswith("//"), place
        with client.get(place) as answer:
            assert answer.status_code == 200, place
    # No script between the tags, no handler in them.
    assert not re.search(r"<script>|<script[^>]*>[^<]|\son\w+=", page.text)


def test_only_named_files_are_served(client: FlaskClient) -> None:
    for name in ("index.css", "../flask_swagger_ui.py", "..%2f__init__.py", "oauth2-redirect.html"):
        assert client.get(f"/docs/{name}").status_code == 404


def _schema(response: dict[str, Any]) -> dict[str, Any]:
    schema: dict[str, Any] = response["content"]["application/json"]["schema"]
    return schema
