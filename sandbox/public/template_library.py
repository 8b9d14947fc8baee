"""/wxaapi/newtmpl/*: the app's own templates, and the public library they are picked from."""

from typing import Any

from sandbox.demo_templates import CATEGORIES, LIBRARY
from sandbox.errors import WxError
from sandbox.template_book import Keyword, Template
from sandbox.wire import Call, Endpoint, Reply, authorize, ok
from sandbox.world import World

SCENE_LENGTH = 15
PAGE_LIMIT = 30


def _enter(world: World, call: Call) -> None:
    authorize(world, call)
    if not world.counters.day.take(call.path, world.limits.template_api_daily):
        raise WxError(45009)


def as_listed(template: Template) -> dict[str, Any]:
    item: dict[str, Any] = {
        "priTmplId": template.id,
        "title": template.title,
        "content": template.content(),
        "example": template.example(),
        "type": template.type,
    }
    enums = [
        {"keywordCode": f"{keyword.key}.DATA", "enumValueList": list(keyword.enum)}
        for keyword in template.keywords
        if keyword.enum
    ]
    return {**item, "keywordEnumValueList": enums} if enums else item


def get_templates(world: World, call: Call) -> Reply:
    _enter(world, call)
    return ok(data=[as_listed(template) for template in world.templates.all(official=False)])


def get_category(world: World, call: Call) -> Reply:
    _enter(world, call)
    return ok(data=CATEGORIES)


def get_titles(world: World, call: Call) -> Reply:
    _enter(world, call)
    wanted = call.query.get("ids", "")
    numbers = [call.query.get("start", "0"), call.query.get("limit", "30")]
    if not wanted or not all(text.isascii() and text.isdigit() and len(text) < 9 for text in numbers):
        raise WxError(40097)
    start, limit = int(numbers[0]), min(int(numbers[1]), PAGE_LIMIT)
    ids = wanted.split(",")
    titles = [
        {"tid": int(tid), "title": title, "type": 2, "categoryId": str(category)}
        for tid, (title, category, _) in LIBRARY.items()
        if str(category) in ids
    ]
    return ok(count=len(titles), data=titles[start : start + limit])


def get_keywords(world: World, call: Call) -> Reply:
    _enter(world, call)
    entry = LIBRARY.get(call.query.get("tid", ""))
    if entry is None:
        raise WxError(200014)
    keywords = [{"kid": kid, "name": name, "example": example, "rule": rule} for kid, name, rule, example in entry[2]]
    return ok(count=len(keywords), data=keywords)


def add_template(world: World, call: Call) -> Reply:
    """Two to five keywords of one library title, in the order given."""
    _enter(world, call)
    body = call.json()
    tid, kids, scene = str(body.get("tid", "")), body.get("kidList"), body.get("sceneDesc", "")
    entry = LIBRARY.get(tid)
    if entry is None:
        raise WxError(200014)
    if not isinstance(scene, str) or len(scene) > SCENE_LENGTH:
        raise WxError(200021)
    known = {kid: Keyword(f"{rule}{kid}", name, example) for kid, name, rule, example in entry[2]}
    if not isinstance(kids, list) or not 2 <= len(kids) <= 5 or not all(type(kid) is int for kid in kids):
        raise WxError(200020)
    if len(set(kids)) != len(kids) or not set(kids) <= set(known):
        raise WxError(200020)
    template = world.templates.add_from_library(tid=tid, title=entry[0], keywords=tuple(known[kid] for kid in kids))
    return ok(priTmplId=template.id)


def delete_template(world: World, call: Call) -> Reply:
    _enter(world, call)
    template = world.templates.find(call.json().get("priTmplId"))
    if template is None or template.official or not world.templates.remove(template.id):
        raise WxError(200014)
    return ok()


ENDPOINTS = (
    Endpoint("/wxaapi/newtmpl/gettemplate", "GET", get_templates),
    Endpoint("/wxaapi/newtmpl/getcategory", "GET", get_category),
    Endpoint("/wxaapi/newtmpl/getpubtemplatetitles", "GET", get_titles),
    Endpoint("/wxaapi/newtmpl/getpubtemplatekeywords", "GET", get_keywords),
    Endpoint("/wxaapi/newtmpl/addtemplate", "POST", add_template),
    Endpoint("/wxaapi/newtmpl/deltemplate", "POST", delete_template),
)
