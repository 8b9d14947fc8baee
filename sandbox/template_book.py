"""Message templates: what they are made of, and the book that adds, finds and bans them."""

import re
import threading
from dataclasses import dataclass, replace

from sandbox.errors import WxError
from sandbox.ids import Ids

ONE_TIME = 2
LONG_TERM = 3
TEMPLATES_KEPT = 500
KEY_SHAPE = re.compile(r"(?P<rule>[a-z_]+?)(?P<index>\d+)\Z")


@dataclass(frozen=True, slots=True)
class Keyword:
    """One field: `key` is its rule and number, such as thing1; `enum` lists the only values allowed, if any."""

    key: str
    name: str
    example: str = ""
    enum: tuple[str, ...] = ()

    @property
    def rule(self) -> str:
        match = KEY_SHAPE.match(self.key)
        return match["rule"] if match else self.key


@dataclass(frozen=True, slots=True)
class Template:
    """`official` templates belong to the official account and need its token."""

    id: str
    title: str
    keywords: tuple[Keyword, ...]
    type: int = ONE_TIME
    banned: bool = False
    official: bool = False

    def content(self) -> str:
        """The text gettemplate shows: one line per keyword with its placeholder."""
        return "".join(f"{keyword.name}:{{{{{keyword.key}.DATA}}}}\n" for keyword in self.keywords)

    def example(self) -> str:
        return "".join(f"{keyword.name}:{keyword.example}\n" for keyword in self.keywords)


class TemplateBook:
    """Thread-safe; reading by id is a plain dictionary read."""

    def __init__(self, ids: Ids, start: tuple[Template, ...]) -> None:
        self._ids, self._start = ids, start
        self._lock = threading.Lock()
        self._templates = {template.id: template for template in start}

    def find(self, template_id: object) -> Template | None:
        return self._templates.get(template_id) if isinstance(template_id, str) else None

    def get(self, template_id: object, *, official: bool = False) -> Template:
        """Raise 40037 for an unknown template or one of the other account, 43107 for a banned one."""
        template = self.find(template_id)
        if template is None or template.official is not official:
            raise WxError(40037)
        if template.banned:
            raise WxError(43107)
        return template

    def all(self, *, official: bool | None = None) -> list[Template]:
        with self._lock:
            return [item for item in self._templates.values() if official in (None, item.official)]

    def put(self, template: Template) -> None:
        """Add or replace a template."""
        with self._lock:
            if template.id not in self._templates and len(self._templates) >= TEMPLATES_KEPT:
                raise OverflowError(f"the sandbox holds at most {TEMPLATES_KEPT} templates")
            self._templates[template.id] = template

    def add_from_library(self, *, tid: str, title: str, keywords: tuple[Keyword, ...]) -> Template:
        """Add a template as addtemplate does; raise 200022 when the same choice was added before."""
        template_id = self._ids.template_id("/".join([tid, *[keyword.key for keyword in keywords]]))
        if template_id in self._templates:
            raise WxError(200022)
        template = Template(template_id, title, keywords)
        self.put(template)
        return template

    def remove(self, template_id: object) -> bool:
        with self._lock:
            return isinstance(template_id, str) and self._templates.pop(template_id, None) is not None

    def ban(self, template_id: str, *, on: bool) -> Template | None:
        with self._lock:
            template = self._templates.get(template_id)
            if template is not None:
                template = self._templates[template_id] = replace(template, banned=on)
            return template

    def replace_all(self, templates: list[Template]) -> None:
        with self._lock:
            self._templates = {template.id: template for template in templates}

    def reset(self) -> None:
        self.replace_all(list(self._start))
