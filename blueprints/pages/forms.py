"""Forms of the pages: protected, with the key that makes a repeat harmless, and the API's own word on each field."""

import uuid
from collections.abc import Callable
from typing import Any

from flask import flash, redirect
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import HiddenField

from blueprints.pages.api import ApiRefusal
from blueprints.pages.words import Pair

__all__ = ["PageForm", "act"]


class PageForm(FlaskForm):
    """Base of all forms. `key` is one per showing of the form: sent twice, it acts once."""

    key = HiddenField(default=lambda: str(uuid.uuid4()))
    form_errors: list[str]

    def take(self, refusal: ApiRefusal) -> None:
        """Show what the API refused: beside the field it named, else above the form (`form.form_errors`)."""
        if refusal.status == 401:
            raise refusal
        is_told = False
        for name, reasons in refusal.fields.items():
            field = self._fields.get(name.partition(".")[0])
            if field is not None and name != "key":
                field.errors = [*field.errors, *reasons]
                is_told = True
        if not is_told or not refusal.fields:
            details = "；".join(f"{name}: {', '.join(reasons)}" for name, reasons in refusal.fields.items())
            self.form_errors = [*self.form_errors, f"{refusal.message} {details}".strip()]


def act(do: Callable[[str | None], Any], *, done: Pair | str, to: str) -> Response:
    """For a form that is only a button: do it with the form's key, say how it went, and lead to a page."""
    form = PageForm()
    try:
        do(form.key.data)
    except ApiRefusal as refusal:
        if refusal.status == 401:
            raise
        flash(refusal.message, "danger")
    else:
        flash(str(done), "success")
    return redirect(to, code=303)
