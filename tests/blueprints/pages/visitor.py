"""A browser without its screen: cookies kept, forms sent with the token their page carries."""

import re
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.models import Staff, Store
from tests.factories.staff import PASSWORD

TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


def token_of(page: str) -> str:
    """The token a form of a page carries."""
    found = TOKEN.search(page)
    assert found is not None, page[:2000]
    return found.group(1)


def sign_in(client: FlaskClient, person: Staff, *, store: Store | None = None) -> TestResponse:
    """Through the form of the console, or of the counter of a store."""
    path = "/counter/sign-in" if store else "/console/sign-in"
    data: dict[str, Any] = {"login": person.login, "password": PASSWORD}
    if store:
        data["store_code"] = store.code
    return send(client, path, data, form_at=path)


def send(client: FlaskClient, path: str, data: dict[str, Any], *, form_at: str) -> TestResponse:
    """POST a form with the token of the page it stands on."""
    token = token_of(client.get(form_at).text)
    return client.post(path, data={"csrf_token": token, "key": "one-key", **data})


def options(page: str, name: str) -> dict[str, str]:
    """The values a select of a form offers, with their names."""
    return dict(
        re.findall(r'<option(?: selected)? value="([^"]*)"(?: selected)?>([^<]*)</option>', _select(page, name))
    )


def chosen(page: str, name: str) -> list[str]:
    """The values a select of a form shows as chosen."""
    both = re.findall(r'<option(?: selected value="([^"]*)"| value="([^"]*)" selected)>', _select(page, name))
    return [one or other for one, other in both]


def _select(page: str, name: str) -> str:
    (field,) = re.findall(rf'<select[^>]* name="{re.escape(name)}"[^>]*>(.*?)</select>', page, re.DOTALL)
    return str(field)
