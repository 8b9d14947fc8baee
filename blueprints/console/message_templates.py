"""Message templates: WeChat's as the shop uses them, checked against WeChat's own list, and their letters and text messages."""

from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from blueprints.console.message_template_forms import ExternalForm, LetterForm, NewTemplateForm, TemplateForm
from blueprints.console.message_words import CHANNELS, PROBLEMS
from blueprints.identity import allow
from blueprints.pages import api
from blueprints.pages.api import ApiRefusal
from blueprints.pages.forms import PageForm, act
from blueprints.pages.words import Pair, t

bp = APIBlueprint("message_templates", __name__, enable_openapi=False)

READERS, WRITERS = ("admin", "auditor", "manager", "marketer"), ("admin", "marketer")
EXTERNAL = ("oa_template", "sms")


@bp.get("/message-templates")
@allow(*READERS)
def show_list() -> str:
    """All of them, newest first."""
    page = api.get("/message-templates", {"cursor": request.args.get("cursor")})
    return render_template("console/message_templates.html", page=page, topics=_topics())


@bp.get("/message-templates/new")
@allow(*WRITERS)
def show_new() -> str:
    """The form."""
    return _form(NewTemplateForm(), None)


@bp.post("/message-templates/new")
@allow(*WRITERS)
def create() -> ResponseReturnValue:
    """Add one."""
    form = NewTemplateForm()
    form.offer(_topics())
    if form.validate():
        try:
            made = api.post("/message-templates", {**form.body, "code": form.code.data})
        except ApiRefusal as refusal:
            form.take(refusal)
        else:
            flash(t("模板已添加，请核对微信一侧。", "The template is there; check it against WeChat."), "success")
            return redirect(url_for(".show", template_id=made["id"]), code=303)
    return _form(form, None), 422


@bp.get("/message-templates/<uuid:template_id>")
@allow(*READERS)
def show(template_id: UUID) -> str:
    """One, with its texts on other channels."""
    return _page(template_id)


@bp.post("/message-templates/<uuid:template_id>/check")
@allow(*WRITERS)
def check(template_id: UUID) -> ResponseReturnValue:
    """Compare with WeChat's own list."""
    try:
        return _page(template_id, checked=api.post(f"/message-templates/{template_id}/check"))
    except ApiRefusal as refusal:
        if refusal.status in (401, 404):
            raise
        flash(refusal.message, "danger")
        return redirect(url_for(".show", template_id=template_id), code=303)


@bp.get("/message-templates/<uuid:template_id>/change")
@allow(*WRITERS)
def show_change(template_id: UUID) -> str:
    """The form with what there is."""
    template = _find(template_id)
    return _form(TemplateForm.of(template), template)


@bp.post("/message-templates/<uuid:template_id>/change")
@allow(*WRITERS)
def change(template_id: UUID) -> ResponseReturnValue:
    """Change it; messages not yet sent follow."""
    form, template = TemplateForm(), _find(template_id)
    form.offer(_topics())
    if form.validate():
        try:
            api.patch(f"/message-templates/{template_id}", {**form.body, "is_enabled": form.is_enabled.data})
        except ApiRefusal as refusal:
            form.take(refusal)
        else:
            return _saved(template_id)
    return _form(form, template), 422


@bp.get("/message-templates/<uuid:template_id>/channels/<string:channel>")
@allow(*WRITERS)
def show_text(template_id: UUID, channel: str) -> str:
    """The letter, or how a template elsewhere is filled."""
    template = _find(template_id)
    written = next((one for one in _texts(template_id) if one["channel"] == channel), None)
    return _text_page(_text_form(channel).of(written), template, channel)


@bp.post("/message-templates/<uuid:template_id>/channels/<string:channel>")
@allow(*WRITERS)
def write_text(template_id: UUID, channel: str) -> ResponseReturnValue:
    """Write it in place of what there was."""
    form, template = _text_form(channel)(), _find(template_id)
    if form.validate():
        path = "letter" if channel == "email" else f"channels/{channel}"
        try:
            api.put(f"/message-templates/{template_id}/{path}", form.body)
        except ApiRefusal as refusal:
            form.take(refusal)
        else:
            return _saved(template_id)
    return _text_page(form, template, channel), 422


@bp.post("/message-templates/<uuid:template_id>/channels/<string:channel>/removal")
@allow(*WRITERS)
def remove_text(template_id: UUID, channel: str) -> ResponseReturnValue:
    """No message of it goes there any more."""
    return act(
        lambda _: api.delete(f"/message-templates/{template_id}/channels/{api.part(channel)}"),
        done=Pair("已移除。", "Taken away."),
        to=url_for(".show", template_id=template_id),
    )


def _text_form(channel: str) -> type[LetterForm] | type[ExternalForm]:
    if channel == "email":
        return LetterForm
    return ExternalForm if channel in EXTERNAL else abort(404)


def _text_page(form: PageForm, template: dict[str, Any], channel: str) -> str:
    return render_template(
        "console/message_template_text.html", form=form, template=template, channel=channel, channels=CHANNELS
    )


def _page(template_id: UUID, *, checked: dict[str, Any] | None = None) -> str:
    return render_template(
        "console/message_template.html",
        template=_find(template_id),
        texts={one["channel"]: one for one in _texts(template_id)},
        topics=_topics(),
        channels=CHANNELS,
        problems=PROBLEMS,
        checked=checked,
    )


def _form(form: TemplateForm, template: dict[str, Any] | None) -> str:
    form.offer(_topics())
    return render_template("console/message_template_form.html", form=form, template=template)


def _find(template_id: UUID) -> dict[str, Any]:
    return dict(api.get(f"/message-templates/{template_id}"))


def _texts(template_id: UUID) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get(f"/message-templates/{template_id}/channels")["data"]
    return found


def _topics() -> dict[str, dict[str, Any]]:
    return {topic["code"]: topic for topic in api.get("/message-topics")["data"]}


def _saved(template_id: UUID) -> ResponseReturnValue:
    flash(t("已保存，尚未发送的消息随之更改。", "Saved; messages not yet sent follow."), "success")
    return redirect(url_for(".show", template_id=template_id), code=303)
