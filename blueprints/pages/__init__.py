"""What every page for people shares: the shell, who is signed in by cookie, the way to the API, forms, words, charts.

The pages are the JSON API's first client (docs/decisions/0016): a view asks the API in the same process, and shows the answer.
"""

from apiflask import APIFlask
from flask_bootstrap import Bootstrap5
from flask_wtf.csrf import CSRFProtect

from blueprints.pages import assets, look, refusals, shell, welcome
from blueprints.pages.page_session import PageSession

__all__ = ["register"]

bootstrap = Bootstrap5()
csrf = CSRFProtect()


def register(app: APIFlask) -> None:
    """Give the application what its pages need; no page itself."""
    app.session_interface = PageSession()
    app.config.update(
        BOOTSTRAP_SERVE_LOCAL=True,
        SESSION_COOKIE_NAME="huitou",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        # The API is opened by tokens, which no foreign page can send: blueprints/pages/door.py protects the forms alone.
        WTF_CSRF_CHECK_DEFAULT=False,
        # A counter's page stays open all day; the token ends with the sign-in.
        WTF_CSRF_TIME_LIMIT=None,
        SEND_FILE_MAX_AGE_DEFAULT=assets.MAX_AGE_SECONDS,
    )
    bootstrap.init_app(app)
    csrf.init_app(app)
    assets.open_bootstrap_files(app)
    shell.register(app)
    refusals.register_unknown(app)
    for bp in (assets.bp, look.bp, welcome.bp):
        app.register_blueprint(bp)
