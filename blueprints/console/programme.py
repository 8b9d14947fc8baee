"""The programme's settings."""

from apiflask import APIBlueprint
from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from blueprints.console import programme_form
from blueprints.console.programme_form import ProgrammeForm
from blueprints.console.programme_settings import SECTIONS
from blueprints.identity import allow
from blueprints.pages import api
from blueprints.pages.api import ApiRefusal
from blueprints.pages.words import t

bp = APIBlueprint("programme", __name__, enable_openapi=False)


@bp.get("/programme")
@allow("admin", "auditor", "manager", "marketer")
def show() -> str:
    """The settings in force; an admin may change them."""
    told = api.get("/programme")
    return render_template(
        "console/programme.html", form=programme_form.filled(told), sections=SECTIONS, programme=told
    )


@bp.post("/programme")
@allow("admin")
def change() -> ResponseReturnValue:
    """Change what was changed, and nothing else."""
    told, form = api.get("/programme"), ProgrammeForm()
    said = programme_form.changes(form, told)
    if said is not None:
        try:
            if said:
                api.patch("/programme", said)
        except ApiRefusal as refusal:
            form.take(refusal)
        else:
            flash(t("已保存。", "Saved."), "success")
            return redirect(url_for(".show"), code=303)
    return render_template("console/programme.html", form=form, sections=SECTIONS, programme=told), 422
