"""Nobody is signed in by a cookie: every door reads a token or a signature, so Flask keeps no session of its own."""

from flask import Flask, Request, Response
from flask.sessions import SessionInterface, SessionMixin


class NoCookies(SessionInterface):
    """Reads none and writes none; using `flask.session` is an error."""

    def open_session(self, app: Flask, request: Request) -> None:
        """There is none."""

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Never called with one that holds something."""
