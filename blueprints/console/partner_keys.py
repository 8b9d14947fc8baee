"""Keys of tills and online shops that report purchases."""

from uuid import UUID

from apiflask import APIBlueprint
from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import SelectField, StringField
from wtforms.validators import Length, Regexp

from blueprints.console import choices
from blueprints.console.typed_fields import NEEDED, listed
from blueprints.identity import allow
from blueprints.pages import api
from blueprints.pages.api import ApiRefusal
from blueprints.pages.forms import PageForm, act
from blueprints.pages.words import Pair

bp = APIBlueprint("partner_keys", __name__, enable_openapi=False)

CHANNEL = Regexp(
    r"^[a-z][a-z0-9_-]{1,31}$",
    message=Pair(
        "2 至 32 位小写字母、数字、- 和 _，以字母开头。", "2 to 32 small letters, digits, - and _, a letter first."
    ),
)


class KeyForm(PageForm):
    """A new key."""

    name = StringField(Pair("用途", "What for"), validators=[NEEDED, Length(max=100)])
    channel = StringField(Pair("渠道编码", "Channel"), validators=[NEEDED, CHANNEL])
    store_id = SelectField(Pair("门店", "Store"), default="")


@bp.get("/partner-keys")
@allow("admin")
def show_list() -> str:
    """Every key, newest first; the form of a new one."""
    return _page(KeyForm())


@bp.post("/partner-keys")
@allow("admin")
def create() -> ResponseReturnValue:
    """Make one and show its secret, once."""
    form = _offered(KeyForm())
    if form.validate():
        body = {"name": form.name.data, "channel": form.channel.data, "store_id": form.store_id.data or None}
        try:
            made = api.post("/partner-keys", body)
        except ApiRefusal as refusal:
            form.take(refusal)
        else:
            return render_template("console/partner_key_secret.html", made=made)
    return _page(form), 422


@bp.post("/partner-keys/<uuid:partner_key_id>/rotation")
@allow("admin")
def rotate(partner_key_id: UUID) -> ResponseReturnValue:
    """A new key in its place; its secret is shown once."""
    return render_template("console/partner_key_secret.html", made=api.post(f"/partner-keys/{partner_key_id}/rotation"))


@bp.post("/partner-keys/<uuid:partner_key_id>/revocation")
@allow("admin")
def revoke(partner_key_id: UUID) -> ResponseReturnValue:
    """End one."""
    return act(
        lambda _: api.post(f"/partner-keys/{partner_key_id}/revocation"),
        done=Pair("密钥已停用。", "The key is ended."),
        to=url_for(".show_list"),
    )


def _offered(form: KeyForm) -> KeyForm:
    form.store_id.choices = listed([("", Pair("不属于门店", "No store")), *choices.store_ids()])
    return form


def _page(form: KeyForm) -> str:
    page = api.get("/partner-keys", {"cursor": request.args.get("cursor")})
    return render_template("console/partner_keys.html", page=page, form=_offered(form))
