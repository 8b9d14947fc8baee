"""What a form offers to choose from: all there is, and where it does not, it says so."""

import pytest
from flask.testing import FlaskClient

from blueprints.console import choices
from tests.blueprints.pages import visitor
from tests.factories.staff import make_staff, make_store


def test_more_than_a_page_is_offered(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choices, "MOST", 2)
    stores = [make_store() for _ in range(5)]
    visitor.sign_in(client, make_staff("admin"))
    page = client.get("/console/staff/new").text
    assert all(str(store.public_id) in page or store.code in page for store in stores)


def test_a_list_that_is_cut_says_so(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choices, "MOST", 1)
    monkeypatch.setattr(choices, "MOST_PAGES", 2)
    for _ in range(3):
        make_store()
    visitor.sign_in(client, make_staff("admin"))
    assert "只列出最新的 2 个" in client.get("/console/coupon-reports/refusals").text
