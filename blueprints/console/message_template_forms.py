"""The forms of message templates: fields are typed one a line, "thing1 = 活动名称"."""

import re
from typing import Any, Self

from wtforms import BooleanField, SelectField, StringField, TextAreaField
from wtforms.validators import Length, Regexp, ValidationError

from blueprints.console.typed_fields import NEEDED, listed
from blueprints.pages.forms import PageForm
from blueprints.pages.words import Pair, is_english, t

CODE = Regexp(r"^[A-Za-z0-9_.:-]{1,64}$", message=Pair("请用字母、数字和 - _ . :", "Letters, digits and - _ . :"))
BETWEEN = re.compile("[、,，]")


class LinesField(TextAreaField):
    """`name = text` lines, as a dictionary in `pairs`."""

    @property
    def pairs(self) -> dict[str, str]:
        """What the lines say; empty lines are nothing."""
        lines = [line.partition("=") for line in (self.data or "").splitlines() if line.strip()]
        return {name.strip(): text.strip() for name, _, text in lines}

    def pre_validate(self, form: Any) -> None:  # noqa: ARG002
        """Every line has both sides, and a name comes once."""
        lines = [line for line in (self.data or "").splitlines() if line.strip()]
        if any("=" not in line for line in lines) or len(self.pairs) < len(lines) or not all(self.pairs.values()):
            raise ValidationError(
                t("每行写成“名称 = 内容”，名称不重复。", "Write each line as “name = text”, each name once.")
            )


def lines_of(pairs: dict[str, str]) -> str:
    """The lines of a dictionary."""
    return "\n".join(f"{name} = {text}" for name, text in pairs.items())


class TemplateForm(PageForm):
    """What may be changed of a template."""

    title = StringField(Pair("标题", "Title"), validators=[NEEDED, Length(max=100)])
    topic = SelectField(Pair("主题", "Topic"))
    wechat_template_id = StringField(
        Pair("微信模板编号", "WeChat’s template id"),
        validators=[
            NEEDED,
            Regexp(r"^[0-9A-Za-z_-]{1,64}$", message=Pair("请从微信后台复制。", "Copy it from WeChat.")),
        ],
    )
    fields = LinesField(Pair("字段", "Fields"), validators=[NEEDED])
    enums = LinesField(Pair("枚举字段的可选值", "Choices of enumerated fields"))
    page = StringField(Pair("点击后打开的页面", "The page it opens"), validators=[NEEDED], default="pages/home/index")
    is_enabled = BooleanField(Pair("启用", "In use"), default=True)

    @classmethod
    def of(cls, template: dict[str, Any]) -> Self:
        """With what there is."""
        enums = {name: "、".join(values) for name, values in template["enums"].items()}
        told = {**template, "fields": lines_of(template["fields"]), "enums": lines_of(enums)}
        return cls(data=told)

    def offer(self, topics: dict[str, dict[str, Any]]) -> None:
        """The topics to choose from."""
        name = "name_en" if is_english() else "name"
        self.topic.choices = listed((code, topic[name]) for code, topic in topics.items())

    @property
    def body(self) -> dict[str, Any]:
        """As the API takes it."""
        names = ("title", "topic", "wechat_template_id", "page")
        return {name: self[name].data for name in names} | {"fields": self["fields"].pairs, "enums": self._enums()}

    def _enums(self) -> dict[str, list[str]]:
        return {
            name: [one.strip() for one in BETWEEN.split(text) if one.strip()]
            for name, text in self["enums"].pairs.items()
        }


class NewTemplateForm(TemplateForm):
    """A new one."""

    code = StringField(Pair("编码", "Code"), validators=[NEEDED, CODE])


class LetterForm(PageForm):
    """A letter."""

    subject = StringField(Pair("标题", "Subject"), validators=[NEEDED])
    body_text = TextAreaField(Pair("正文", "Body"), validators=[NEEDED])

    @classmethod
    def of(cls, text: dict[str, Any] | None) -> Self:
        """With what there is."""
        return cls(data={} if text is None else {"subject": text["subject"], "body_text": text["body"]})

    @property
    def body(self) -> dict[str, Any]:
        """As the API takes it."""
        return {"subject": self.subject.data, "body": str(self.body_text.data).replace("\r\n", "\n")}


class ExternalForm(PageForm):
    """A template that WeChat or the SMS provider holds."""

    external_template_id = StringField(Pair("对方的模板编号", "Its template id"), validators=[NEEDED])
    fields = LinesField(Pair("字段", "Fields"), validators=[NEEDED])

    @classmethod
    def of(cls, text: dict[str, Any] | None) -> Self:
        """With what there is."""
        if text is None:
            return cls()
        return cls(data={"external_template_id": text["external_template_id"], "fields": lines_of(text["fields"])})

    @property
    def body(self) -> dict[str, Any]:
        """As the API takes it."""
        return {"external_template_id": self.external_template_id.data, "fields": self["fields"].pairs}
