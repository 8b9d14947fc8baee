"""Tables of the API handed on to whoever asked for them on a page."""

from flask import Response

from blueprints.pages import api

HANDED_ON = ("Content-Disposition", "Cache-Control")


def answer(path: str, query: api.Query | None = None) -> Response:
    """What GET answers, as the file it is. Raises ApiRefusal."""
    told = api.call("GET", path, query=query)
    response = Response(told.body, content_type=told.headers.get("Content-Type", "text/csv"))
    for name in HANDED_ON:
        if name in told.headers:
            response.headers[name] = told.headers[name]
    return response
