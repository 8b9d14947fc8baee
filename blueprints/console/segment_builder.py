"""Building a segment: and/or rows, counted while somebody builds, with twenty of the members and the rule in words."""

from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import StringField, TextAreaField

from blueprints.console import segment_questions as questions
from blueprints.console import segment_tree as tree
from blueprints.console.segment_tree import Part
from blueprints.identity import allow
from blueprints.pages import api
from blueprints.pages.api import ApiRefusal
from blueprints.pages.forms import PageForm
from blueprints.pages.words import Pair, t

bp = APIBlueprint("segment_builder", __name__, enable_openapi=False)

WRITERS = ("admin", "marketer")
TEMPLATE = "console/segments/builder.html"
SCORES = ("recency", "frequency", "money")


class SegmentForm(PageForm):
    """What a segment is called; its rule is read by segment_tree."""

    name = StringField(Pair("名称", "Name"))
    description = TextAreaField(Pair("说明（可选）", "Description (optional)"))


@bp.get("/segments/new")
@allow(*WRITERS)
def new() -> str:
    """Empty, or with the scores of a cell of the grid."""
    scores = {name: request.args.get(name, type=int) for name in SCORES}
    asked = [{"is": f"{name}_score", "min": n, "max": n} for name, n in scores.items() if n]
    return _shown(SegmentForm(), tree.from_json({"all": asked}) if asked else tree.empty())


@bp.post("/segments/new")
@allow(*WRITERS)
def create() -> ResponseReturnValue:
    """Save it under a name."""
    form, root = SegmentForm(), tree.from_form(request.form)
    said = {"name": (form.name.data or "").strip(), "description": " ".join((form.description.data or "").split())}
    try:
        saved = api.post("/segments", {**said, "rule": tree.as_json(root) or {"all": []}})
    except ApiRefusal as refusal:
        return _refused(form, root, refusal)
    return _saved(saved)


@bp.get("/segments/<uuid:segment_id>/rule")
@allow(*WRITERS)
def revise(segment_id: UUID) -> str:
    """The rule in force, to be changed."""
    segment = api.get(f"/segments/{segment_id}")
    return _shown(SegmentForm(), tree.from_json(segment["rule"]), segment=segment)


@bp.post("/segments/<uuid:segment_id>/rule")
@allow(*WRITERS)
def keep(segment_id: UUID) -> ResponseReturnValue:
    """The next version."""
    form, root = SegmentForm(), tree.from_form(request.form)
    try:
        saved = api.post(f"/segments/{segment_id}/versions", {"rule": tree.as_json(root) or {"all": []}})
    except ApiRefusal as refusal:
        return _refused(form, root, refusal, segment=api.get(f"/segments/{segment_id}"))
    return _saved(saved)


@bp.post("/segment-rows")
@allow(*WRITERS)
def rows() -> str:
    """The rows after one was added, taken away or asks something else; without scripts, the page around them."""
    root = tree.change(tree.from_form(request.form), request.form.get("do", ""))
    if "X-Fragment" in request.headers:
        return render_template("console/segments/_rows.html", is_fragment=True, **_words(root))
    segment_id = request.form.get("segment")
    segment = api.get(f"/segments/{api.part(segment_id)}") if segment_id else None
    return _shown(SegmentForm(), root, segment=segment)


@bp.post("/segment-look")
@allow(*WRITERS)
def look() -> str:
    """How many, some of them, and the rule in words; or what is wrong with which row."""
    root = tree.from_form(request.form)
    rule = tree.as_json(root)
    found, faults, refusal = None, [], None
    if rule is not None:
        try:
            found = api.post("/segment-previews", {"rule": rule})
        except ApiRefusal as error:
            if error.status == 401:
                raise
            faults = _faults(root, error)
            refusal = None if faults else _told(error)
    return render_template("console/segments/_look.html", found=found, faults=faults, refusal=refusal)


def _saved(saved: dict[str, Any]) -> ResponseReturnValue:
    flash(t("已保存。活动和券批次现在可以用它。", "Saved: campaigns and coupon batches can go by it."), "success")
    return redirect(url_for("console_pages.segments.show", segment_id=saved["id"]), code=303)


def _refused(
    form: SegmentForm, root: Part, refusal: ApiRefusal, *, segment: dict[str, Any] | None = None
) -> ResponseReturnValue:
    faults = _faults(root, refusal)
    if faults:
        form.form_errors = [*form.form_errors, *faults]
    elif refusal.code == "segment_unknown_names":
        form.form_errors = [*form.form_errors, _told(refusal)]
    else:
        form.take(refusal)
    return _shown(form, root, segment=segment), 422


def _shown(form: SegmentForm, root: Part, *, segment: dict[str, Any] | None = None) -> str:
    return render_template(TEMPLATE, form=form, segment=segment, **_words(root))


def _words(root: Part) -> dict[str, Any]:
    return {"root": root, "questions": questions, "choices": questions.choices(root.sources)}


def _faults(root: Part, refusal: ApiRefusal) -> list[str]:
    """What is wrong with which row, in words."""
    told = refusal.data.get("fields") if refusal.code == "segment_rule_invalid" else None
    by_place = {part.place: part for part in root.walk() if part.place}
    return [_fault(by_place, place, reason) for place, reason in (told or {}).items()]


def _fault(by_place: dict[str, Part], place: str, reason: str) -> str:
    what = t(*questions.FAULTS[reason]) if reason in questions.FAULTS else reason
    above, _, name = place.rpartition(".")
    part = by_place.get(place) or by_place.get(above)
    if part is None or not part.kind:
        return (
            what
            if part is None or part.how is None or part.parts
            else t("请至少加一个条件", "Add one condition at least")
        )
    row = t(*questions.NAMES[part.kind])
    field = questions.label(part.kind, name) if name in questions.FIELDS else ""
    return " · ".join(word for word in (row, field, what) if word)


def _told(refusal: ApiRefusal) -> str:
    names = refusal.data.get("names") or refusal.data.get("fields") or {}
    listed = [str(one) for value in names.values() for one in (value if isinstance(value, list) else [value])]
    return " ".join([refusal.message, *listed[:10]])
