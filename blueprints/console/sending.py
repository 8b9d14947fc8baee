"""What holds sending back now, and a manager's word about it."""

from apiflask import APIBlueprint
from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from blueprints.identity import allow
from blueprints.pages import api
from blueprints.pages.forms import act
from blueprints.pages.words import Pair

bp = APIBlueprint("sending", __name__, enable_openapi=False)

STATES = {"open": ("danger", "已停止", "Stopped"), "half_open": ("warning", "试发中", "One is trying")}
ACCOUNTS = {
    "app": Pair("小程序", "Mini-program"),
    "oa": Pair("服务号", "Official account"),
    "sms": Pair("短信", "SMS"),
    "email": Pair("邮件", "E-mail"),
}
DONE = Pair("已处理。", "Done.")


@bp.get("/sending")
@allow("admin", "auditor", "manager", "marketer")
def show() -> str:
    """Breakers, slowed and held accounts, the day's quotas."""
    return render_template("console/sending.html", found=api.get("/sending"), states=STATES, account=_account)


@bp.post("/sending/templates")
@allow("admin", "manager")
def decide_template() -> ResponseReturnValue:
    """Try one message, or say that the template is mended."""
    body = {"message_template_id": request.form.get("message_template_id"), "step": request.form.get("step")}
    return act(lambda _: api.post("/sending/templates", body), done=DONE, to=url_for(".show"))


@bp.post("/sending/accounts")
@allow("admin", "manager")
def decide_account() -> ResponseReturnValue:
    """Try one message, say that the account is mended, or end a hold."""
    body = {"account": request.form.get("account"), "step": request.form.get("step")}
    return act(lambda _: api.post("/sending/accounts", body), done=DONE, to=url_for(".show"))


def _account(code: str) -> str:
    """`app:wx…` as 小程序 wx…."""
    kind, _, number = code.partition(":")
    return f"{ACCOUNTS.get(kind, kind)} {number}".rstrip()
