"""POST /wxa/getwxacodeunlimit: a real PNG; its code holds the scene, so that a scanner can follow the clerk's flow."""

import io
import re

import segno

from sandbox.errors import WxError
from sandbox.wire import Call, Endpoint, Json, Reply, authorize
from sandbox.world import World

SCENE_SHAPE = re.compile(r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]+\Z")
SCENE_LENGTH = 32
RESERVED = "scancode_time"
MIN_WIDTH, MAX_WIDTH, WIDTH = 280, 1280, 430
VERSIONS = ("release", "trial", "develop")
QUIET_MODULES = 4


def get_unlimited(world: World, call: Call) -> Reply:
    authorize(world, call)
    body = call.json()
    scene = _scene(body.get("scene"))
    _check_page(world, body)
    if (body.get("env_version") or "release") not in VERSIONS:
        raise WxError(40097)
    width = body.get("width", WIDTH)
    if type(width) is not int or not MIN_WIDTH <= width <= MAX_WIDTH:
        raise WxError(40097)
    if not world.counters.minute.take("wxacode", world.limits.qr_per_minute):
        raise WxError(45009)
    clear = body.get("is_hyaline") is True
    return Reply(draw(scene, width=width, colour=_colour(body.get("line_color")), clear=clear), "image/png")


def draw(scene: str, *, width: int, colour: tuple[int, int, int], clear: bool) -> bytes:
    """A PNG at least `width` pixels wide (whole pixels per module, so that it stays sharp)."""
    code = segno.make_qr(scene)
    modules = code.symbol_size(border=QUIET_MODULES)[0]
    scale = -(-width // modules)
    image = io.BytesIO()
    light = None if clear else "white"
    code.save(image, kind="png", scale=scale, border=QUIET_MODULES, dark=colour, light=light)
    return image.getvalue()


def _scene(scene: object) -> str:
    if not isinstance(scene, str) or not 1 <= len(scene) <= SCENE_LENGTH:
        raise WxError(40169)
    if RESERVED in scene:
        raise WxError(85096)
    if not SCENE_SHAPE.match(scene):
        raise WxError(40129)
    return scene


def _check_page(world: World, body: Json) -> None:
    """No leading slash, no query; it must be published unless check_path is false."""
    page = body.get("page") or ""
    if not isinstance(page, str) or page.startswith("/") or "?" in page or "://" in page:
        raise WxError(41030)
    published = world.app.published_pages
    if page and published and body.get("check_path", True) is not False and page not in published:
        raise WxError(41030)


def _colour(value: object) -> tuple[int, int, int]:
    if value is None:
        return (0, 0, 0)
    parts = [value.get(name, 0) for name in "rgb"] if isinstance(value, dict) else [-1]
    numbers = [int(part) for part in parts if str(part).isascii() and str(part).isdigit() and len(str(part)) <= 3]
    if len(numbers) != 3 or max(numbers) > 255:
        raise WxError(40097)
    return (numbers[0], numbers[1], numbers[2])


ENDPOINTS = (Endpoint("/wxa/getwxacodeunlimit", "POST", get_unlimited),)
