"""POST /wxa/msg_sec_check: a text with one of `fields.RISKY_MARKS` is risky, one with "[复核]" asks for review."""

from sandbox.errors import WxError
from sandbox.fields import RISKY_MARKS
from sandbox.wire import Call, Endpoint, Json, Reply, authorize, ok
from sandbox.world import World

REVIEW_MARK = "[复核]"
CONTENT_LENGTH = 2500
SCENES = (1, 2, 3, 4)
LABEL_CLEAN, LABEL_OTHER = 100, 21000


def check(world: World, call: Call) -> Reply:
    authorize(world, call)
    body = call.json()
    content = body.get("content")
    if not isinstance(content, str) or not content:
        raise WxError(44002)
    if len(content) > CONTENT_LENGTH:
        raise WxError(40097)
    if not world.counters.minute.take("text_check", world.limits.text_check_per_minute):
        raise WxError(45011)
    if not world.counters.day.take(call.path, world.limits.text_check_daily):
        raise WxError(45009)
    label, suggest = _judge(" ".join(str(body.get(name, "")) for name in ("content", "nickname", "title", "signature")))
    if body.get("version") != 2:
        return _first_version(suggest)
    _check_author(world, body)
    verdict = {"suggest": suggest, "label": label}
    detail = [
        {"strategy": "content_model", "errcode": 0, **verdict, "prob": 90},
        {"strategy": "keyword", "errcode": 0, **(verdict if suggest == "risky" else {})},
    ]
    return ok(result=verdict, detail=detail, trace_id=world.ids.request_id(world.clock.now()))


def _first_version(suggest: str) -> Reply:
    if suggest == "risky":
        raise WxError(87014)
    return ok()


def _judge(text: str) -> tuple[int, str]:
    for mark, label in RISKY_MARKS.items():
        if mark in text:
            return label, "risky"
    return (LABEL_OTHER, "review") if REVIEW_MARK in text else (LABEL_CLEAN, "pass")


def _check_author(world: World, body: Json) -> None:
    scene = body.get("scene")
    if type(scene) is not int or scene not in SCENES:
        raise WxError(40129)
    user = world.users.find(body.get("openid"))
    if user is None:
        raise WxError(43104)
    if world.clock.now() - user.last_seen > world.limits.text_check_seen_seconds:
        raise WxError(61010)


ENDPOINTS = (Endpoint("/wxa/msg_sec_check", "POST", check),)
