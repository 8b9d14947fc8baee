"""What a page shows when something is refused or breaks: what happened, what to do, and the request's number."""

from typing import Any

from apiflask import APIBlueprint, APIFlask
from flask import g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from app.errors import LoyaltyError
from app.messages import text_for
from blueprints import errors
from blueprints.pages import page_session
from blueprints.pages.api import ApiRefusal
from blueprints.pages.door import to_sign_in
from blueprints.pages.words import t

NOT_SIGNED_IN = 401


def register(bp: APIBlueprint) -> None:
    """Answer with pages behind this blueprint."""
    bp.register_error_handler(ApiRefusal, _api_refusal)
    bp.register_error_handler(LoyaltyError, _refusal)
    bp.register_error_handler(CSRFError, _stale_form)
    bp.register_error_handler(HTTPException, _http_error)
    bp.register_error_handler(Exception, _unexpected)


def register_unknown(app: APIFlask) -> None:
    """Answer with a page where no blueprint is reached: an address of the pages that is none."""
    for status in (404, 405):
        app.register_error_handler(status, _unknown)


def _unknown(error: HTTPException) -> ResponseReturnValue:
    return _http_error(error) if page_session.is_page(request.path) else errors.http_error(error)


def _page(status: int, code: str, message: str, data: dict[str, Any] | None = None) -> ResponseReturnValue:
    return render_template("pages/refused.html", status=status, code=code, message=message, data=data or {}), status


def _api_refusal(refusal: ApiRefusal) -> ResponseReturnValue:
    if refusal.status == NOT_SIGNED_IN and g.get("person"):
        page_session.sign_out(g.door)
        return to_sign_in(g.door)
    if refusal.code == "second_step_missing":
        # The one page that is open.
        return redirect(url_for(f"{g.door}_pages.own_account.show"), code=303)
    return _page(refusal.status, refusal.code, refusal.message, refusal.data)


def _refusal(error: LoyaltyError) -> ResponseReturnValue:
    return _page(errors.status_of(type(error)), error.code, text_for(error.code, error.data), error.data)


def _stale_form(_: CSRFError) -> ResponseReturnValue:
    text = t(
        "页面已过期，请返回上一页、刷新后重新提交。",
        "This form is out of date: go back, reload the page and send it again.",
    )
    return _page(400, "form_out_of_date", text)


def _http_error(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    code = errors.HTTP_CODES.get(status, "malformed_request" if status < 500 else errors.INTERNAL)
    return _page(status, code, text_for(code, {}))


def _unexpected(error: Exception) -> ResponseReturnValue:
    errors.log.error("unexpected_error", exc_info=error)
    return _page(500, errors.INTERNAL, text_for(errors.INTERNAL, {}))
