"""Scenes: when the mini-program may ask for subscriptions, and for which templates first."""

from typing import Any, Final

from apiflask import APIBlueprint
from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import StringField
from wtforms.validators import Regexp

from blueprints.console import choices
from blueprints.console.typed_fields import NEEDED
from blueprints.identity import allow
from blueprints.pages import api
from blueprints.pages.api import ApiRefusal
from blueprints.pages.forms import PageForm
from blueprints.pages.words import Pair, t

bp = APIBlueprint("subscription_scenes", __name__, enable_openapi=False)

READERS, WRITERS = ("admin", "auditor", "manager", "marketer"), ("admin", "marketer")
NAME = Regexp(
    r"^[a-z][a-z0-9_]{0,31}$",
    message=Pair("请用小写字母、数字和 _，以字母开头。", "Small letters, digits and _, a letter first."),
)
# What the mini-program of ours asks at; a shop's own may name more.
SCENES: Final[dict[str, Pair]] = {
    "home": Pair("打开首页", "Opening the home page"),
    "after_claim": Pair("领券之后", "After claiming a coupon"),
    "after_check_in": Pair("签到之后", "After a check-in"),
}
USUAL_WEIGHT = 10


class SceneForm(PageForm):
    """Which scene; its templates are the page's own boxes."""

    scene = StringField(Pair("场景", "Scene"), validators=[NEEDED, NAME])


@bp.get("/subscription-scenes")
@allow(*READERS)
def show_list() -> str:
    """All scenes that ask for something."""
    return render_template("console/subscription_scenes.html", scenes=_scenes(), names=SCENES)


@bp.get("/subscription-scenes/edit")
@allow(*WRITERS)
def show_form() -> str:
    """The form of one, or of a new one."""
    scene = request.args.get("scene", "")
    asked = [one for known in _scenes() if known["scene"] == scene for one in known["templates"]]
    weights = {one["message_template_id"]: one["weight"] for one in asked}
    return _page(SceneForm(formdata=None, data={"scene": scene}), weights)


@bp.post("/subscription-scenes/edit")
@allow(*WRITERS)
def put() -> ResponseReturnValue:
    """Say what it may ask for."""
    form, weights = SceneForm(), _typed_weights()
    if form.validate():
        asked = [{"message_template_id": key, "weight": weight} for key, weight in weights.items()]
        try:
            api.put(f"/subscription-scenes/{api.part(form.scene.data)}", {"templates": asked})
        except ApiRefusal as refusal:
            form.take(refusal)
        else:
            flash(t("场景已保存。", "The scene is saved."), "success")
            return redirect(url_for(".show_list"), code=303)
    return _page(form, weights), 422


def _typed_weights() -> dict[str, int]:
    chosen = request.form.getlist("templates")
    typed = {key: request.form.get(f"weight-{key}", "") for key in chosen}
    return {key: int(text) if text.isdecimal() and text.isascii() else USUAL_WEIGHT for key, text in typed.items()}


def _scenes() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get("/subscription-scenes")["data"]
    return found


def _page(form: SceneForm, weights: dict[str, int]) -> str:
    templates = choices.every("/message-templates")
    return render_template(
        "console/subscription_scene_form.html",
        form=form,
        weights=weights,
        templates=templates,
        usual=USUAL_WEIGHT,
        names=SCENES,
    )
