"""Topics: what messages are about, what needs consent, which channels in which order."""

from typing import Any

from apiflask import APIBlueprint
from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import BooleanField, IntegerField, SelectField, StringField
from wtforms.validators import Length, NumberRange, Regexp

from blueprints.console.message_words import CHANNELS
from blueprints.console.typed_fields import NEEDED, listed
from blueprints.identity import allow
from blueprints.pages import api
from blueprints.pages.api import ApiRefusal
from blueprints.pages.forms import PageForm
from blueprints.pages.words import Pair, t

bp = APIBlueprint("message_topics", __name__, enable_openapi=False)

READERS, WRITERS = ("admin", "auditor", "manager", "marketer"), ("admin", "marketer")
CODE = Regexp(
    r"^[a-z][a-z0-9_]{0,31}$",
    message=Pair("请用小写字母、数字和 _，以字母开头。", "Small letters, digits and _, a letter first."),
)
FURTHER = listed([("", Pair("不使用", "none")), *CHANNELS.items()])


class TopicForm(PageForm):
    """What may be changed of a topic."""

    name = StringField(Pair("名称", "Name in Chinese"), validators=[NEEDED, Length(max=100)])
    name_en = StringField(Pair("英文名称", "Name in English"), validators=[NEEDED, Length(max=100)])
    is_marketing = BooleanField(Pair("营销内容", "Marketing"))
    is_required = BooleanField(Pair("必须告知", "Owed to the member"))
    cool_off_days = IntegerField(
        Pair("自动消息冷却天数", "Rest between automatic messages, days"),
        validators=[NumberRange(min=0, max=365)],
        default=0,
    )
    channel_1 = SelectField(Pair("首选渠道", "First channel"), choices=listed(CHANNELS.items()), default="subscribe")
    channel_2 = SelectField(Pair("其次", "Then"), choices=FURTHER, default="")
    channel_3 = SelectField(Pair("再次", "Then"), choices=FURTHER, default="")
    channel_4 = SelectField(Pair("最后", "At last"), choices=FURTHER, default="")

    @property
    def body(self) -> dict[str, Any]:
        """As the API takes it."""
        names = ("name", "name_en", "is_marketing", "is_required", "cool_off_days")
        chosen = [self[f"channel_{place}"].data for place in range(1, 5)]
        return {name: self[name].data for name in names} | {"channels": [one for one in chosen if one]}


class NewTopicForm(TopicForm):
    """A new topic."""

    code = StringField(Pair("编码", "Code"), validators=[NEEDED, CODE])


@bp.get("/message-topics")
@allow(*READERS)
def show_list() -> str:
    """All topics."""
    return render_template("console/message_topics.html", topics=_topics(), channels=CHANNELS)


@bp.get("/message-topics/new")
@allow(*WRITERS)
def show_new() -> str:
    """The form."""
    return render_template("console/message_topic_form.html", form=NewTopicForm(), topic=None)


@bp.post("/message-topics/new")
@allow(*WRITERS)
def create() -> ResponseReturnValue:
    """Add one."""
    form = NewTopicForm()
    if form.validate():
        try:
            api.post("/message-topics", {**form.body, "code": form.code.data})
        except ApiRefusal as refusal:
            form.take(refusal)
        else:
            return _saved()
    return render_template("console/message_topic_form.html", form=form, topic=None), 422


@bp.get("/message-topics/<string:topic_code>")
@allow(*WRITERS)
def show_change(topic_code: str) -> str:
    """The form with what there is."""
    topic = _find(topic_code)
    places = {f"channel_{place}": one for place, one in enumerate(topic["channels"], start=1)}
    return render_template("console/message_topic_form.html", form=TopicForm(data={**topic, **places}), topic=topic)


@bp.post("/message-topics/<string:topic_code>")
@allow(*WRITERS)
def change(topic_code: str) -> ResponseReturnValue:
    """Change it."""
    form = TopicForm()
    if form.validate():
        try:
            api.patch(f"/message-topics/{api.part(topic_code)}", form.body)
        except ApiRefusal as refusal:
            form.take(refusal)
        else:
            return _saved()
    return render_template("console/message_topic_form.html", form=form, topic=_find(topic_code)), 422


def _topics() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get("/message-topics")["data"]
    return found


def _find(code: str) -> dict[str, Any]:
    found = next((topic for topic in _topics() if topic["code"] == code), None)
    return found if found is not None else abort(404)


def _saved() -> ResponseReturnValue:
    flash(t("主题已保存。", "The topic is saved."), "success")
    return redirect(url_for(".show_list"), code=303)
