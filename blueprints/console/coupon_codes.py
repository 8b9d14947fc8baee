"""Unique codes of a batch: made by us or handed in, watched while they are made, stopped, downloaded."""

from uuid import UUID

from apiflask import APIBlueprint
from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.file import FileField
from wtforms import IntegerField, TextAreaField
from wtforms.validators import NumberRange

from blueprints.console.typed_fields import NEEDED
from blueprints.identity import allow
from blueprints.pages import api, downloads
from blueprints.pages.api import ApiRefusal
from blueprints.pages.door import large_form
from blueprints.pages.forms import PageForm, act
from blueprints.pages.words import Pair, t

bp = APIBlueprint("coupon_codes", __name__, enable_openapi=False)

MOST = 1_000_000
# 5,000 codes with their dashes, quotes and some columns beside them, and the form around them.
LARGEST = 640 * 1024


class MakeForm(PageForm):
    """How many."""

    wanted = IntegerField(
        Pair("生成多少个", "How many"),
        validators=[NEEDED, NumberRange(1, MOST, Pair("请填写 1 到一百万之间的整数。", "From 1 to a million."))],
    )


class ImportForm(PageForm):
    """A file, or the codes themselves."""

    file = FileField(Pair("CSV 文件", "CSV file"))
    codes = TextAreaField(Pair("或粘贴券码，一行一个", "Or paste codes, one a line"))

    @property
    def text(self) -> str:
        """What was handed in; a file goes first. Bytes that are no text become marks the API refuses."""
        sent = self.file.data.read() if self.file.data else b""
        return sent.decode("utf-8-sig", errors="replace") if sent else str(self.codes.data or "")


@bp.get("/coupon-batches/<uuid:batch_id>/codes")
@allow("admin", "auditor", "manager", "marketer")
def show_runs(batch_id: UUID) -> str:
    """Runs and imports of a batch."""
    return _shown(batch_id)


@bp.get("/coupon-batches/<uuid:batch_id>/codes/progress")
@allow("admin", "auditor", "manager", "marketer")
def progress(batch_id: UUID) -> str:
    """The runs: a fragment, asked for while one is at work."""
    asked = {"cursor": request.args.get("cursor")}
    runs = api.get(f"/coupon-batches/{batch_id}/code-runs", asked)
    return render_template("console/_code_runs.html", runs=runs, batch_id=batch_id)


@bp.post("/coupon-batches/<uuid:batch_id>/codes")
@allow("admin", "marketer")
def make(batch_id: UUID) -> ResponseReturnValue:
    """Have codes made."""
    form = MakeForm()
    if form.validate():
        try:
            api.post(f"/coupon-batches/{batch_id}/code-runs", {"wanted": form.wanted.data}, key=form.key.data)
        except ApiRefusal as refusal:
            form.take(refusal)
        else:
            flash(t("开始生成，可以在这里看进度。", "They are being made; watch it here."), "success")
            return redirect(url_for(".show_runs", batch_id=batch_id), code=303)
    return _shown(batch_id, making=form), 422


@bp.post("/coupon-batches/<uuid:batch_id>/code-imports")
@allow("admin", "marketer")
@large_form(LARGEST)
def take(batch_id: UUID) -> ResponseReturnValue:
    """Add codes that were printed elsewhere."""
    form = ImportForm()
    text = form.text
    if not text.strip():
        form.form_errors = [t("请选择文件，或粘贴券码。", "Choose a file or paste codes.")]
        return _shown(batch_id, taking=form), 422
    try:
        told = api.post(f"/coupon-batches/{batch_id}/code-imports", {"csv": text}, key=form.key.data)
    except ApiRefusal as refusal:
        form.take(refusal)
        return _shown(batch_id, taking=form), 422
    flash(
        t(
            "新增 {added} 个；{known} 个早已在批次里。",
            "{added} added; the batch had {known} already.",
            **_counts(told),
        ),
        "success",
    )
    return redirect(url_for(".show_runs", batch_id=batch_id), code=303)


@bp.post("/coupon-code-runs/<uuid:code_run_id>/cancellation")
@allow("admin", "marketer")
def cancel(code_run_id: UUID) -> ResponseReturnValue:
    """Make no more codes of a run."""
    run = api.get(f"/coupon-code-runs/{code_run_id}")
    return act(
        lambda _: api.post(f"/coupon-code-runs/{code_run_id}/cancellation"),
        done=Pair("已停止；已生成的券码仍然有效。", "Stopped; the codes made so far stay good."),
        to=url_for(".show_runs", batch_id=run["batch_id"]),
    )


@bp.get("/coupon-code-runs/<uuid:code_run_id>/codes.csv")
@allow("admin", "marketer")
def export(code_run_id: UUID) -> Response:
    """The codes as a file; who takes them is written down."""
    return downloads.answer(f"/coupon-code-runs/{code_run_id}/codes.csv")


def _shown(batch_id: UUID, *, making: MakeForm | None = None, taking: ImportForm | None = None) -> str:
    return render_template(
        "console/coupon_codes.html",
        batch=api.get(f"/coupon-batches/{batch_id}"),
        runs=api.get(f"/coupon-batches/{batch_id}/code-runs", {"cursor": request.args.get("cursor")}),
        batch_id=batch_id,
        making=making or MakeForm(formdata=None),
        taking=taking or ImportForm(formdata=None),
    )


def _counts(told: dict[str, int]) -> dict[str, str]:
    return {name: f"{told[name]:,}" for name in ("added", "known")}
