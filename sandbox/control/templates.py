"""Adding, banning and removing message templates."""

from typing import Any

from flask import Blueprint, Response, jsonify

from sandbox.control.parsing import BadControl, Body, read_body
from sandbox.template_book import KEY_SHAPE, LONG_TERM, ONE_TIME, Keyword, Template
from sandbox.world import World


def as_json(template: Template) -> dict[str, Any]:
    return {
        "id": template.id,
        "title": template.title,
        "type": template.type,
        "banned": template.banned,
        "official": template.official,
        "keywords": [
            {"key": item.key, "name": item.name, "example": item.example, "enum": list(item.enum)}
            for item in template.keywords
        ],
    }


def from_json(parts: dict[str, Any]) -> Template:
    """Read what `as_json` writes; `type`, `banned`, `official`, `example` and `enum` may be left out."""
    body = Body(parts)
    keywords = tuple(_keyword(item) for item in body.any("keywords") or [])
    kind = body.number("type", ONE_TIME)
    template = Template(
        id=body.text("id"),
        title=body.text("title"),
        keywords=keywords,
        type=kind,
        banned=body.flag("banned", False),
        official=body.flag("official", False),
    )
    body.done()
    if kind not in (ONE_TIME, LONG_TERM):
        raise BadControl("type must be 2 (one-time) or 3 (long-term)")
    if not template.id or not keywords or len({item.key for item in keywords}) != len(keywords):
        raise BadControl("a template needs an id and keywords with different keys")
    return template


def add_routes(blueprint: Blueprint, world: World) -> None:
    @blueprint.get("/templates")
    def list_templates() -> Response:
        return jsonify(data=[as_json(template) for template in world.templates.all()])

    @blueprint.post("/templates")
    def add_template() -> tuple[Response, int]:
        """Add a template, or replace the one with that id."""
        template = from_json(read_body().all())
        world.templates.put(template)
        return jsonify(as_json(template)), 201

    @blueprint.post("/templates/<template_id>/ban")
    def ban_template(template_id: str) -> Response:
        body = read_body()
        on = body.flag("banned", True)
        body.done()
        template = world.templates.ban(template_id, on=on)
        if template is None:
            raise BadControl("no such template", status=404)
        return jsonify(as_json(template))

    @blueprint.delete("/templates/<template_id>")
    def remove_template(template_id: str) -> Response:
        if not world.templates.remove(template_id):
            raise BadControl("no such template", status=404)
        return jsonify(removed=template_id)


def _keyword(item: object) -> Keyword:
    if not isinstance(item, dict):
        raise BadControl("a keyword must be an object")
    body = Body(item)
    keyword = Keyword(
        key=body.text("key"),
        name=body.text("name"),
        example=body.text("example", ""),
        enum=tuple(body.texts("enum", [])),
    )
    body.done()
    if not KEY_SHAPE.match(keyword.key):
        raise BadControl(f"a key is a rule and a number, such as thing1, not {keyword.key!r}")
    return keyword
