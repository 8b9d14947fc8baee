"""What the API refuses reaches whoever typed it: beside its field in words, and nothing is lost."""

import pytest
from apiflask import APIFlask
from wtforms import StringField

from blueprints.pages.api import ApiRefusal
from blueprints.pages.forms import PageForm
from blueprints.pages.words import Pair


class NoteForm(PageForm):
    text = StringField("text")
    price = StringField("price")


def refused(**fields: object) -> ApiRefusal:
    return ApiRefusal(422, {"code": "invalid_input", "message": "Refused.", "data": {"fields": fields}})


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("Field required", "Fill this in."),
        ("String should have at most 20 characters", "At most 20 of it."),
        ("Input should be greater than or equal to -3", "Not below -3."),
        ("too_dear", "Too dear."),
        ("never heard of", "never heard of"),
    ],
)
def test_a_fault_stands_beside_its_field_in_words(app: APIFlask, reason: str, said: str) -> None:
    with app.test_request_context("/console", headers={"Accept-Language": "en"}):
        form = NoteForm(meta={"csrf": False})
        refusal = refused(**{"json.terms.price_fen": [reason]})
        form.take(refusal, fields={"price_fen": "price"}, words={"too_dear": Pair("太贵。", "Too dear.")})
        assert form.price.errors == [said]
        assert form.form_errors == ["Correct what is marked below."]


def test_what_has_no_field_is_told_above_even_when_others_have_one(app: APIFlask) -> None:
    with app.test_request_context("/console", headers={"Accept-Language": "en"}):
        form = NoteForm(meta={"csrf": False})
        form.take(refused(**{"json.text": "Field required", "json.hidden.part": ["Field required"]}))
        assert form.text.errors == ["Fill this in."]
        assert form.form_errors == ["Refused. hidden.part: Fill this in."]
