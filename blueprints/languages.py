"""Which language a request reads."""

from functools import lru_cache

from babel import Locale
from flask import request
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from blueprints.pages.look import chosen_language
from blueprints.pages.page_session import is_page

# Read once: looking a locale up by its name takes longer than some requests.
CHINESE, ENGLISH = Locale.parse("zh_CN"), Locale.parse("en")


def select_locale() -> Locale:
    """zh-CN unless the client prefers English, or a reader of the pages chose."""
    if not request:
        return CHINESE
    chosen = chosen_language() if is_page(request.path) else None
    if chosen is not None:
        return ENGLISH if chosen == "en" else CHINESE
    return best(request.headers.get("Accept-Language", ""))


@lru_cache(maxsize=256)
def best(accepted: str) -> Locale:
    """The one of ours that a browser's or a phone's Accept-Language likes best."""
    # Millions of phones send one of a few dozen lists.
    languages = parse_accept_header(accepted, LanguageAccept)
    return ENGLISH if languages.best_match(["zh-CN", "zh", "en"]) == "en" else CHINESE
