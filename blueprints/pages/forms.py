"""Forms of the pages: protected, with the key that makes a repeat harmless, and the API's own word on each field."""

import uuid
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from flask import flash, redirect
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import Field, HiddenField

from blueprints.pages import faults
from blueprints.pages.api import ApiRefusal
from blueprints.pages.words import Pair, t

__all__ = ["PageForm", "act"]

NOTHING: Mapping[str, Any] = {}


class PageForm(FlaskForm):
    """Base of all forms. `key` is one per showing of the form: sent twice, it acts once."""

    key = HiddenField(default=lambda: str(uuid.uuid4()))
    form_errors: list[str]

    def take(
        self, refusal: ApiRefusal, *, fields: Mapping[str, str] = NOTHING, words: Mapping[str, Pair] = NOTHING
    ) -> None:
        """Show what the API refused: beside the field it is about, else above the form (`form.form_errors`).

        `fields` says in which field a name of the API is typed; `words` what the codes of a noun mean.
        """
        if refusal.status == HTTPStatus.UNAUTHORIZED:
            # Nobody is signed in any more: not the form's matter.
            raise refusal
        elsewhere = []
        for place, reasons in refusal.fields.items():
            said = [faults.word(reason, words) for reason in reasons]
            field = next(filter(None, (self._field_of(part, fields) for part in place.split("."))), None)
            if field is None:
                elsewhere.append(f"{place}: {' '.join(said)}")
            else:
                field.errors = [*field.errors, *said]
        is_all_beside = bool(refusal.fields) and not elsewhere
        told = t("请更正标出的内容。", "Correct what is marked below.") if is_all_beside else refusal.message
        self.form_errors = [*self.form_errors, " ".join([told, *elsewhere])]

    def _field_of(self, name: str, fields: Mapping[str, str]) -> Field | None:
        named = fields.get(name, name)
        return None if named == "key" else self._fields.get(named)


def act(do: Callable[[str | None], Any], *, done: Pair | str, to: str) -> Response:
    """For a form that is only a button: do it with the form's key, say how it went, and lead to a page."""
    form = PageForm()
    try:
        do(form.key.data)
    except ApiRefusal as refusal:
        if refusal.status == HTTPStatus.UNAUTHORIZED:
            raise
        flash(refusal.message, "danger")
    else:
        flash(str(done), "success")
    return redirect(to, code=303)
