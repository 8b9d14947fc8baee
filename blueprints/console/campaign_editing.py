"""Writing a campaign in steps: of which kind, with which template, and then everything on one page with the phone beside it."""

from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from blueprints.console import campaign_bodies as bodies
from blueprints.console import campaign_forms as forms
from blueprints.console import campaign_words as words
from blueprints.console import choices
from blueprints.console.campaign_forms import CampaignForm
from blueprints.identity import allow
from blueprints.pages import api
from blueprints.pages.api import ApiRefusal
from blueprints.pages.words import t

bp = APIBlueprint("campaign_editing", __name__, enable_openapi=False)

WRITERS = ("admin", "marketer")
MOST = 100
MOST_POINTS = 100_000_000
# How a batch must be given out to come with a campaign of a kind.
GIVEN_BY = {"birthday": "birthday"}
# Through what the event of a kind comes.
CHANNELS = {"welcome": choices.join_channels, "after_purchase": choices.bill_channels}
TEMPLATE = "console/campaigns/form.html"


@bp.get("/campaigns/new")
@allow(*WRITERS)
def new() -> str:
    """Step 1 the kind, step 2 the template, step 3 the form."""
    kind = request.args.get("kind", "")
    if kind not in forms.TIMING:
        return render_template("console/campaigns/choose_kind.html", words=words, kinds=_kinds())
    chosen = request.args.get("template")
    if not chosen:
        page = api.get("/message-templates", {"limit": MOST, "cursor": request.args.get("cursor")})
        return render_template("console/campaigns/choose_template.html", words=words, kind=kind, page=page)
    template = _template(chosen)
    return _shown(_form(kind, template, values=None), template)


@bp.post("/campaigns/new")
@allow(*WRITERS)
def create() -> ResponseReturnValue:
    """Keep it as a draft."""
    kind = request.form.get("kind", "")
    if kind not in forms.TIMING:
        abort(400)
    template = _template(request.form.get("template", ""))
    form = _form(kind, template, values=None)
    made = _send(form, template, lambda body: api.post("/campaigns", {**body, "kind": kind}))
    return made if made is not None else (_shown(form, template), 422)


@bp.get("/campaigns/<uuid:campaign_id>/edit")
@allow(*WRITERS)
def edit(campaign_id: UUID) -> str:
    """The same form, filled in."""
    campaign = api.get(f"/campaigns/{campaign_id}")
    template = _template(campaign["message_template_id"])
    values = bodies.values_of(campaign, list(template["fields"]))
    return _shown(_form(campaign["kind"], template, values=values, campaign=campaign), template, campaign=campaign)


@bp.post("/campaigns/<uuid:campaign_id>/edit")
@allow(*WRITERS)
def change(campaign_id: UUID) -> ResponseReturnValue:
    """Keep the changes; whatever was approved is a draft again."""
    campaign = api.get(f"/campaigns/{campaign_id}")
    template = _template(campaign["message_template_id"])
    form = _form(campaign["kind"], template, values=None, campaign=campaign)
    made = _send(form, template, lambda body: api.patch(f"/campaigns/{campaign_id}", body))
    return made if made is not None else (_shown(form, template, campaign=campaign), 422)


@bp.post("/message-preview")
@allow(*WRITERS)
def preview() -> str:
    """The phone beside the form, as far as somebody has typed."""
    template = _template(request.form.get("template", ""))
    return render_template("console/campaigns/_preview.html", preview=_preview(template, request.form), words=words)


def _send(form: CampaignForm, template: dict[str, Any], do: Any) -> ResponseReturnValue | None:
    """The way on when the API took it; None when something is wrong, which stands in the form then."""
    form.template.data = template["id"]
    try:
        saved = do(bodies.Reader(form, list(template["fields"])).body())
    except bodies.Unreadable:
        return None
    except ApiRefusal as refusal:
        _take(form, refusal)
        return None
    flash(
        t(
            "已保存。下一步：做发送前检查，给同事测试，再提交审批或排期。",
            "Saved. Next: the pre-flight, a test to colleagues, then review or schedule.",
        ),
        "success",
    )
    return redirect(url_for("console_pages.campaign_preflights.show", campaign_id=saved["id"]), code=303)


def _take(form: CampaignForm, refusal: ApiRefusal) -> None:
    """What is wrong, beside its field, in words."""
    form.take(refusal)
    for field in form:
        field.errors = [
            words.name(words.PROBLEMS, reason) if isinstance(reason, str) else reason for reason in field.errors
        ]
    named = refusal.data.get("field")
    beside = {"variants": "share_A", "repeat": "every"}.get(str(named), str(named))
    if named and beside in form:
        form._fields[beside].errors = [*form._fields[beside].errors, refusal.message]


def _shown(form: CampaignForm, template: dict[str, Any], *, campaign: dict[str, Any] | None = None) -> str:
    typed = {key: str(form._fields[key].data or "") for key in template["fields"]}
    typed |= {"coupon_batch_id": form.coupon_batch_id.data, "points_gift": form.points_gift.data}
    return render_template(
        TEMPLATE,
        form=form,
        template=template,
        keys=sorted(template["fields"], key=_number),
        campaign=campaign,
        kind=form.kind.data,
        timing=forms.TIMING[form.kind.data],
        variants=forms.VARIANTS,
        preview=_preview(template, typed),
        words=words,
    )


def _form(
    kind: str, template: dict[str, Any], *, values: dict[str, Any] | None, campaign: dict[str, Any] | None = None
) -> CampaignForm:
    fields = [(key, template["fields"][key]) for key in sorted(template["fields"], key=_number)]
    form = forms.make(kind, fields, values=values, choices=_choices(kind, campaign))
    form.kind.data, form.template.data = kind, template["id"]
    return form


def _choices(kind: str, campaign: dict[str, Any] | None) -> dict[str, list[forms.Choice]]:
    """What there is, and what the campaign has already."""
    segments = choices.every("/segments", is_active="true")
    lists = choices.every("/member-lists")
    batches = choices.every("/coupon-batches", status="active", how=GIVEN_BY.get(kind, "issue"))
    tiers = api.get("/tiers")["data"]
    nothing = ("", t("（不限）", "(any)"))
    return {
        "segment_id": _listed(("", t("全部会员", "All members")), segments, campaign, "segment"),
        "member_list_id": _listed(nothing, lists, campaign, "member_list"),
        "coupon_batch_id": _listed(("", t("（不送）", "(none)")), batches, campaign, "coupon_batch"),
        "tier_ids": [(one["id"], choices.tier_name(one)) for one in tiers],
        **_codes(kind, tiers),
    }


def _codes(kind: str, tiers: list[dict[str, Any]]) -> dict[str, list[forms.Choice]]:
    """What the conditions of a kind are chosen from."""
    asked, found = forms.TIMING[kind], dict[str, list[forms.Choice]]()
    if "channels" in asked:
        found["channels"] = [*CHANNELS[kind]()]
    if "stores" in asked:
        found["stores"] = [*choices.stores()]
    if "tiers" in asked:
        found["tiers"] = [(one["code"], choices.tier_name(one)) for one in tiers]
    return found


def _listed(
    first: forms.Choice, rows: list[dict[str, Any]], campaign: dict[str, Any] | None, what: str
) -> list[forms.Choice]:
    listed = [first, *choices.told([(row["id"], row["name"]) for row in rows])]
    chosen = campaign and campaign[f"{what}_id"]
    if campaign and chosen and all(value != chosen for value, _ in listed):
        listed.append((chosen, campaign["names"][what]))
    return listed


def _template(template_id: str) -> dict[str, Any]:
    return dict(api.get(f"/message-templates/{api.part(template_id)}"))


def _preview(template: dict[str, Any], typed: Any) -> dict[str, Any]:
    points = str(typed.get("points_gift") or "")
    body = {
        "message_template_id": template["id"],
        "field_values": {key: (typed.get(key) or "")[:200] for key in template["fields"]},
        "coupon_batch_id": typed.get("coupon_batch_id") or None,
        "points_gift": int(points) if points.isdecimal() and 0 < int(points) <= MOST_POINTS else None,
    }
    return dict(api.post("/message-previews", body))


def _number(key: str) -> tuple[int, str]:
    return int("".join(c for c in key if c.isdecimal()) or 0), key


def _kinds() -> list[tuple[str, tuple[str, ...]]]:
    return [
        (t("群发：同一时间发给一群人", "Broadcasts: to many at a time"), words.BROADCASTS),
        (t("自动化：按会员自己的日子或事件", "Automations: by a member’s own date or event"), words.AUTOMATIONS),
    ]
