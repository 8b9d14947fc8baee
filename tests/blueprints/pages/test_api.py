"""The pages' way to the API: the same checks as from outside, a database session of its own, and refusals in full."""

from datetime import datetime

import pytest
from apiflask import APIFlask
from flask import g

from app.extensions import db
from blueprints.pages import api
from blueprints.pages.api import ApiRefusal
from tests.factories import staff
from tests.factories.staff import make_staff


def test_a_call_is_the_person_s_own(app: APIFlask, now: datetime) -> None:
    person = make_staff("auditor")
    token = staff.sign_in(person)["Authorization"].removeprefix("Bearer ")
    db.session.commit()
    with app.test_request_context("/console"):
        g.door, g.person = "console", {"token": token}
        before = db.session()
        assert api.get("/me")["login"] == person.login
        assert db.session() is before
        with pytest.raises(ApiRefusal) as refused:
            api.post("/stores", {"code": "X1", "name": "X"})
        assert (refused.value.status, refused.value.code) == (403, "not_allowed")
        g.person = {"token": "A" * 43}
        with pytest.raises(ApiRefusal) as nobody:
            api.get("/me")
        assert nobody.value.status == 401


def test_what_is_wrong_is_told_by_field(app: APIFlask, now: datetime) -> None:
    token = staff.sign_in(make_staff("admin"))["Authorization"].removeprefix("Bearer ")
    db.session.commit()
    with app.test_request_context("/console", headers={"Accept-Language": "en"}):
        g.door, g.person = "console", {"token": token}
        with pytest.raises(ApiRefusal) as refused:
            api.post("/stores", {"code": "no spaces please", "name": "X"})
        assert list(refused.value.fields) == ["code"]
        assert refused.value.message.startswith("Some of the input")


def test_a_name_in_any_writing_is_a_part_of_a_path(app: APIFlask, now: datetime) -> None:
    token = staff.sign_in(make_staff("admin"))["Authorization"].removeprefix("Bearer ")
    db.session.commit()
    with app.test_request_context("/console"):
        g.door, g.person = "console", {"token": token}
        for name in ("积分", api.part("积分"), api.part("a/b?c")):
            with pytest.raises(ApiRefusal) as refused:
                api.get(f"/earning-rules/{name}/versions")
            assert refused.value.status == 404
        assert api.get(f"/earning-rules/{api.part('base_points')}/versions")["data"][0]["code"] == "base_points"
