"""Joining at the counter, by phone and with the customer's consent."""

from apiflask import APIBlueprint
from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import BooleanField, StringField
from wtforms.validators import InputRequired

from blueprints.identity import allow
from blueprints.pages import api
from blueprints.pages.api import ApiRefusal
from blueprints.pages.forms import PageForm
from blueprints.pages.words import Pair

bp = APIBlueprint("enrolment", __name__, enable_openapi=False)

NEEDED = InputRequired(message=Pair("请填写。", "Fill this in."))
ASK = InputRequired(message=Pair("需要顾客本人同意。", "The customer's own consent is needed."))
WELCOME = Pair(
    "欢迎新会员！请顾客打开小程序并绑定同一手机号，即可出示会员码。",
    "Welcome! With the mini-program and the same phone the customer can show a member code.",
)


class EnrolForm(PageForm):
    """Who joins."""

    phone = StringField(Pair("手机号", "Phone"), validators=[NEEDED])
    nickname = StringField(Pair("称呼（可选）", "What to call them (optional)"))
    consent = BooleanField(
        Pair("顾客已阅读并同意会员协议", "The customer has read and accepts the membership terms"), validators=[ASK]
    )


@bp.get("/enrol")
@allow("clerk", "manager")
def show() -> str:
    """The form."""
    return _page(EnrolForm())


@bp.post("/enrol")
@allow("clerk", "manager")
def enrol() -> ResponseReturnValue:
    """Make the member and show them."""
    form = EnrolForm()
    if not form.validate():
        return _page(form), 422
    body = {
        "phone": (form.phone.data or "").strip(),
        "nickname": (form.nickname.data or "").strip() or None,
        "membership_consent": {"document_version": _version()},
    }
    try:
        member = api.post("/members", body, key=form.key.data)
    except ApiRefusal as refusal:
        form.take(refusal)
        return _page(form), refusal.status
    flash(str(WELCOME), "success")
    return redirect(url_for("counter_pages.members.show", member_id=member["id"]), code=303)


def _page(form: EnrolForm) -> str:
    return render_template("counter/enrol.html", form=form, version=_version())


def _version() -> str:
    return str(api.get("/programme")["membership_terms_version"])
