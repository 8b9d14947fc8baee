"""Issue runs: to whom, what it takes, begin, watch, pause, resume, cancel."""

from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import BooleanField, RadioField, SelectField, SelectMultipleField, StringField

from app.errors import NotFound
from blueprints.console import choices
from blueprints.console.typed_fields import NEEDED, listed
from blueprints.identity import allow
from blueprints.pages import api
from blueprints.pages.api import ApiRefusal
from blueprints.pages.forms import PageForm, act
from blueprints.pages.words import Pair, t

bp = APIBlueprint("issue_runs", __name__, enable_openapi=False)

STATES = {
    "running": Pair("发放中", "Running"),
    "paused": Pair("已暂停", "Paused"),
    "done": Pair("已完成", "Done"),
    "cancelled": Pair("已取消", "Cancelled"),
    "revoked": Pair("已作废", "Revoked"),
}
DONE = {
    "pause": Pair("正在暂停：当前这一小批发完就停。", "Pausing: it stops after the chunk under way."),
    "resume": Pair("继续发放。", "Going on."),
    "cancel": Pair("已取消；已发出的券保留。", "Cancelled; what was given stays given."),
}


class RunForm(PageForm):
    """To whom, and why."""

    audience = RadioField(
        Pair("发给谁", "To whom"),
        choices=listed(
            [
                ("everyone", Pair("所有会员", "All members")),
                ("tiers", Pair("某些等级", "Members of some tiers")),
                ("member_list", Pair("一份名单", "A list of members")),
                ("segment", Pair("一个分群", "A segment")),
            ]
        ),
        default="everyone",
    )
    tiers = SelectMultipleField(Pair("等级", "Tiers"), validate_choice=False)
    member_list_id = SelectField(Pair("名单", "List"), validate_choice=False)
    segment_id = SelectField(Pair("分群", "Segment"), validate_choice=False)
    partial = BooleanField(Pair("库存或预算不够时，发完为止", "Give what there is when stock or budget do not suffice"))
    note = StringField(Pair("原因", "Why"), validators=[NEEDED])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        none = ("", t("请选择", "Choose"))
        self.tiers.choices = listed(choices.tiers())
        self.member_list_id.choices = listed([none, *choices.member_lists()])
        self.segment_id.choices = listed([none, *choices.segments()])

    def whom(self) -> dict[str, Any]:
        """The audience as the API takes it; what stands in the other fields does not count."""
        kind = self.audience.data
        told: dict[str, Any] = {"audience": kind}
        if kind == "tiers":
            told["tiers"] = self.tiers.data or []
        elif kind == "member_list":
            told["member_list_id"] = self.member_list_id.data or None
        elif kind == "segment":
            told["segment_id"] = self.segment_id.data or None
        return told


@bp.get("/issue-runs")
@allow("admin", "auditor", "manager", "marketer")
def show_list() -> str:
    """Newest first, by state."""
    asked = {name: request.args.get(name) for name in ("cursor", "state")}
    return render_template("console/issue_runs.html", page=api.get("/issue-runs", asked), asked=asked, states=STATES)


@bp.get("/coupon-batches/<uuid:batch_id>/issue-runs/new")
@allow("admin", "marketer")
def show_new(batch_id: UUID) -> str:
    """To whom."""
    return _form(RunForm(), batch_id)


@bp.post("/coupon-batches/<uuid:batch_id>/issue-runs/new")
@allow("admin", "marketer")
def create(batch_id: UUID) -> ResponseReturnValue:
    """First say whom it reaches and what it takes; then, confirmed, begin."""
    form = RunForm()
    if not form.validate():
        return _form(form, batch_id), 422
    try:
        if "confirmed" not in request.form:
            preview = api.post(f"/coupon-batches/{batch_id}/issue-runs/preview", form.whom())
            return _form(form, batch_id, preview)
        body = form.whom() | {"partial": form.partial.data, "note": form.note.data}
        run = api.post(f"/coupon-batches/{batch_id}/issue-runs", body, key=form.key.data)
    except ApiRefusal as refusal:
        form.take(refusal)
        return _form(form, batch_id), 422
    flash(t("开始发放，可以在这里看进度。", "It has begun; watch it here."), "success")
    return redirect(url_for(".show", run_id=run["id"]), code=303)


@bp.get("/issue-runs/<uuid:run_id>")
@allow("admin", "auditor", "manager", "marketer")
def show(run_id: UUID) -> str:
    """One run, and how far it is."""
    run = api.get(f"/issue-runs/{run_id}")
    return render_template("console/issue_run.html", run=run)


@bp.get("/issue-runs/<uuid:run_id>/progress")
@allow("admin", "auditor", "manager", "marketer")
def progress(run_id: UUID) -> str:
    """How far it is: a fragment, asked for while it runs."""
    return render_template("console/_issue_run.html", run=api.get(f"/issue-runs/{run_id}"))


@bp.post("/issue-runs/<uuid:run_id>/<verb>")
@allow("admin", "marketer")
def steer(run_id: UUID, verb: str) -> ResponseReturnValue:
    """Pause, resume, cancel."""
    if verb not in DONE:
        raise NotFound(kind="page")
    return act(
        lambda key: api.post(f"/issue-runs/{run_id}/{verb}", key=key),
        done=DONE[verb],
        to=url_for(".show", run_id=run_id),
    )


def _form(form: RunForm, batch_id: UUID, preview: dict[str, Any] | None = None) -> str:
    batch = api.get(f"/coupon-batches/{batch_id}")
    return render_template("console/issue_run_form.html", form=form, batch=batch, preview=preview)
