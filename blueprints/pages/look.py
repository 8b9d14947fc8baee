"""How a reader wants the pages: language, and light or dark. Two cookies without meaning for anything else."""

from apiflask import APIBlueprint
from flask import redirect, request
from werkzeug.wrappers import Response

from blueprints.identity import allow

bp = APIBlueprint("look", __name__, enable_openapi=False)

LANGUAGE, THEME = "huitou_language", "huitou_theme"
LANGUAGES, THEMES = ("zh", "en"), ("light", "dark", "auto")
KEPT_SECONDS = 365 * 86_400


@bp.post("/look")
@allow("anyone")
def choose() -> Response:
    """Remember the choice and go back. No harm can be done with it, so any form may send it."""
    back = request.form.get("back", "/")
    response = redirect(back if back.startswith("/") and not back.startswith(("//", "/\\")) else "/", code=303)
    for name, allowed in ((LANGUAGE, LANGUAGES), (THEME, THEMES)):
        chosen = request.form.get(name)
        if chosen is not None and chosen in allowed:
            response.set_cookie(name, chosen, max_age=KEPT_SECONDS, httponly=True, samesite="Lax")
    return response


def chosen_language() -> str | None:
    """ "zh" or "en" when the reader chose; else the browser decides."""
    chosen = request.cookies.get(LANGUAGE)
    return chosen if chosen in LANGUAGES else None


def chosen_theme() -> str:
    """ "light", "dark", or "auto" as the device has it."""
    chosen = request.cookies.get(THEME) if request else None
    return chosen if chosen in THEMES else "auto"
