"""Members from a file: upload, what is wrong with it, start, watch, undo; and members as a table."""

import base64
from typing import Any, Final
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import FileField, StringField
from wtforms.validators import InputRequired

from blueprints.identity import allow
from blueprints.pages import api, downloads
from blueprints.pages.api import ApiRefusal
from blueprints.pages.door import large_form, person
from blueprints.pages.forms import PageForm, act
from blueprints.pages.words import Pair, t
from blueprints.schemas.member_imports import MAX_FILE_BYTES

bp = APIBlueprint("member_imports", __name__, enable_openapi=False)

NEEDED: Final = InputRequired(message=Pair("请填写。", "Fill this in."))
# State → colour, zh-CN, English.
STATES: Final = {
    "checking": ("info", "检查中", "checking"),
    "checked": ("primary", "待开始", "ready to start"),
    "running": ("info", "导入中", "at work"),
    "paused": ("warning", "已暂停", "paused"),
    "done": ("success", "已完成", "done"),
    "stopped": ("secondary", "已停止", "stopped"),
    "undoing": ("info", "撤销中", "being undone"),
    "undone": ("secondary", "已撤销", "undone"),
}
LINE_STATES: Final = {
    "faulty": ("danger", "有误", "wrong"),
    "kept": ("warning", "未能撤销", "stayed"),
    "known": ("secondary", "已是会员", "a member already"),
    "skipped": ("secondary", "跳过", "passed over"),
    "made": ("success", "已导入", "made"),
    "undone": ("secondary", "已撤销", "undone"),
}
COLUMNS: Final = {
    "phone": Pair("手机号", "Phone"),
    "nickname": Pair("昵称", "Nickname"),
    "birthday": Pair("生日", "Birthday"),
    "tier": Pair("等级", "Tier"),
    "points": Pair("积分", "Points"),
    "tags": Pair("标签", "Tags"),
    "store": Pair("门店", "Store"),
    "joined_on": Pair("入会日期", "Joined on"),
}
WORKING: Final = ("checking", "running", "undoing")
# The form's other fields.
ROOM_BYTES: Final = 64 * 1024


class UploadForm(PageForm):
    """A file, and what its people agreed to."""

    file = FileField(Pair("CSV 文件", "CSV file"), validators=[NEEDED])
    consent_source = StringField(Pair("会员在哪里同意过入会", "Where these people agreed to join"), validators=[NEEDED])
    consent_version = StringField(Pair("同意的文件版本", "Version of what they agreed to"), validators=[NEEDED])


@bp.get("/member-imports")
@allow("manager", "auditor", "admin")
def show_list() -> str:
    """Imports, newest first, and the form that begins one."""
    return _list(UploadForm())


@bp.post("/member-imports")
@large_form(MAX_FILE_BYTES + ROOM_BYTES)
@allow("manager", "admin")
def upload() -> ResponseReturnValue:
    """Hand the file to the API; its check is watched on its own page."""
    form = UploadForm()
    if form.validate():
        file = request.files["file"]
        body = {
            "file_name": (file.filename or "members.csv")[:100],
            "content": base64.b64encode(file.read()).decode(),
            "consent_source": form.consent_source.data,
            "consent_version": form.consent_version.data,
        }
        try:
            made = api.post("/member-imports", body, key=form.key.data)
        except ApiRefusal as refusal:
            form.take(refusal)
            _say_why(form, refusal)
        else:
            return redirect(url_for(".show", import_id=made["id"]), code=303)
    return _list(form), 422


@bp.get("/member-imports/template.csv")
@allow("manager", "admin")
def template() -> Response:
    """The file to fill in."""
    return downloads.answer("/member-imports/template.csv")


@bp.get("/member-imports/<uuid:import_id>")
@allow("manager", "auditor", "admin")
def show(import_id: UUID) -> str:
    """How far it is, what may be done about it, and its lines by what became of them."""
    found = api.get(f"/member-imports/{import_id}")
    filled = [state for state in LINE_STATES if found["counts"][state]]
    state = request.args.get("state") if request.args.get("state") in LINE_STATES else (filled or ["faulty"])[0]
    lines = api.get(
        f"/member-imports/{import_id}/lines", {"state": state, "cursor": request.args.get("cursor"), "limit": 50}
    )
    return render_template("console/member_import.html", **_told(found), lines=lines, filled=filled, state=state)


@bp.get("/member-imports/<uuid:import_id>/progress")
@allow("manager", "auditor", "admin")
def progress(import_id: UUID) -> str:
    """How far it is: a fragment."""
    return render_template("console/_import_progress.html", **_told(api.get(f"/member-imports/{import_id}")))


@bp.get("/member-imports/<uuid:import_id>/lines.csv")
@allow("manager", "auditor", "admin")
def lines_csv(import_id: UUID) -> Response:
    """Every line somebody has something to do about."""
    return downloads.answer(f"/member-imports/{import_id}/lines.csv")


@bp.post("/member-imports/<uuid:import_id>/start")
@allow("manager", "admin")
def start(import_id: UUID) -> Response:
    """Begin to make members."""
    body = {"skip_faulty": request.form.get("skip_faulty") == "y"}
    return _act(import_id, "start", body, done=Pair("已开始导入。", "The import has begun."))


@bp.post("/member-imports/<uuid:import_id>/pause")
@allow("manager", "admin")
def pause(import_id: UUID) -> Response:
    """Rest."""
    return _act(import_id, "pause", done=Pair("已暂停。", "Paused."))


@bp.post("/member-imports/<uuid:import_id>/resume")
@allow("manager", "admin")
def resume(import_id: UUID) -> Response:
    """Go on."""
    return _act(import_id, "resume", done=Pair("继续导入。", "The import goes on."))


@bp.post("/member-imports/<uuid:import_id>/stop")
@allow("manager", "admin")
def stop(import_id: UUID) -> Response:
    """End it for good."""
    return _act(import_id, "stop", done=Pair("已停止，上传的内容将被清除。", "Stopped; what was uploaded is erased."))


@bp.post("/member-imports/<uuid:import_id>/undo")
@allow("admin")
def undo(import_id: UUID) -> Response:
    """Take back whom it made and nobody touched."""
    body = {"reason": request.form.get("reason", "")}
    return _act(import_id, "undo", body, done=Pair("正在撤销。", "It is being undone."))


@bp.get("/exports")
@allow("admin", "manager", "marketer")
def show_exports() -> str:
    """What can be taken along as a table."""
    return render_template(
        "console/exports.html", tiers=api.get("/tiers")["data"], may_see_phones=person()["role"] == "admin"
    )


@bp.get("/exports/members.csv")
@allow("admin", "manager", "marketer")
def members_csv() -> Response:
    """Members of a tier or with a tag, or all of them."""
    return downloads.answer("/members.csv", {name: request.args.get(name) for name in ("tier", "tag", "phones")})


def _list(form: UploadForm) -> str:
    page = api.get("/member-imports", {"cursor": request.args.get("cursor")})
    may_upload = person()["role"] in ("manager", "admin")
    columns = list(COLUMNS.values())
    return render_template(
        "console/member_imports.html", form=form, page=page, states=STATES, may_upload=may_upload, columns=columns
    )


def _told(found: dict[str, Any]) -> dict[str, Any]:
    counts, role = found["counts"], person()["role"]
    through = found["lines"] - counts["waiting"] if found["state"] == "checking" else _worked(found)
    return {
        "found": found,
        "through": through,
        "whole": found["lines"] if found["state"] in ("checking", "checked") else _turns(found),
        "is_working": found["state"] in WORKING,
        "may_act": role in ("manager", "admin"),
        "may_undo": role == "admin",
        "states": STATES,
        "line_states": LINE_STATES,
        "columns": COLUMNS,
    }


def _turns(found: dict[str, Any]) -> int:
    """Lines that have a turn in what is being done: to be made, or to be undone."""
    counts = found["counts"]
    made = counts["made"] + counts["undone"] + counts["kept"]
    return int(made if found["state"] in ("undoing", "undone") else made + counts["ready"] + counts["skipped"])


def _worked(found: dict[str, Any]) -> int:
    counts = found["counts"]
    if found["state"] in ("undoing", "undone"):
        return int(counts["undone"] + counts["kept"])
    if found["state"] == "checked":
        return int(found["lines"])
    return int(counts["made"] + counts["skipped"] + counts["undone"] + counts["kept"])


def _say_why(form: UploadForm, refusal: ApiRefusal) -> None:
    """Beside the file, what is wrong with it as a whole."""
    why = {
        "empty": t("文件中没有数据。", "There is nothing in the file."),
        "encoding": t("编码无法识别，请另存为 UTF-8。", "The encoding is unknown; save it as UTF-8."),
        "csv": t("不是 CSV 文件。", "This is no CSV file."),
        "no_phone_column": t("缺少“手机号”列。", "There is no column for the phone."),
        "column_twice": t("有两列含义相同，请删去一列。", "Two columns mean the same; remove one."),
        "too_many_rows": t("超过 100,000 行，请分成几个文件。", "More than 100,000 lines; split the file."),
    }.get(str(refusal.data.get("reason")))
    if refusal.code == "import_unreadable" and why:
        form.file.errors = [*form.file.errors, why]


def _act(import_id: UUID, verb: str, body: Any = None, *, done: Pair) -> Response:
    def do(key: str | None) -> None:
        api.post(f"/member-imports/{import_id}/{verb}", body, key=key)

    return act(do, done=done, to=url_for(".show", import_id=import_id))  # type: ignore[return-value]
