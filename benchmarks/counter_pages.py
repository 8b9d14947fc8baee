"""The clerk's pages as they are measured: signed-in windows made ahead, and the forms they send."""

import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import session
from flask.sessions import SecureCookieSessionInterface
from flask_wtf.csrf import generate_csrf

from benchmarks import coupon_counter
from benchmarks.coupon_counter import Counter
from benchmarks.place import Place, Shop
from benchmarks.requests import post

BILL = "88"
BILL_FEN = 8800


@dataclass(frozen=True)
class Window:
    """One browser window: its cookie, and the token its forms carry."""

    cookie: str
    csrf_token: str


@dataclass(frozen=True)
class Windows:
    """One for each clerk."""

    all: tuple[Window, ...]

    def of(self, member_id: int) -> Window:
        """Whose window a member is served at: as `Counter.clerk`."""
        return self.all[member_id % len(self.all)]

    def hello(self, number: int) -> str:
        """The counter's page with nobody at it: signed in, the shell, the form."""
        lines = ("GET /counter HTTP/1.1", "Host: localhost", f"Cookie: {self.of(number).cookie}")
        return "\r\n".join((*lines, "", ""))

    def scan(self, member_id: int, code: str) -> str:
        """A bill of 88 yuan typed first, then the scan: who it is, and what the bill comes to."""
        return self._form(member_id, "/counter/scan", {"typed": code, "bill": BILL})

    def redeem(self, member_id: int) -> str:
        """Enter: exactly what the quote showed."""
        shown: dict[str, Any] = {
            "visit_id": coupon_counter.visit_id(member_id),
            "coupons": coupon_counter.coupon_id(member_id),
            "bill_fen": BILL_FEN,
            "points": 0,
            "key": secrets.token_hex(16),
        }
        return self._form(member_id, "/counter/settle", shown)

    def _form(self, member_id: int, path: str, values: dict[str, Any]) -> str:
        window = self.of(member_id)
        headers = {
            "Cookie": window.cookie,
            "X-Fragment": "1",
            "Accept-Language": "zh-CN",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        return post(path, headers=headers, body=urlencode({"csrf_token": window.csrf_token, **values}))


def open_windows(place: Place, shop: Shop, counter: Counter) -> Windows:
    """Sign every clerk in, as the form would."""
    app = place.application(shop.owner_url)
    sessions = app.session_interface
    assert isinstance(sessions, SecureCookieSessionInterface)  # noqa: S101 for the type
    signer = sessions.get_signing_serializer(app)
    assert signer is not None  # noqa: S101 for the type: there is a secret
    made = []
    for clerk in counter.clerks:
        with app.test_request_context("/counter"):
            csrf_token = generate_csrf()
            place_of_work = {"id": "", "code": "bench", "name": "测试店"}
            signed_in = {"token": clerk.token, "role": "clerk", "name": "店员", "id": "", "store": place_of_work}
            cookie = signer.dumps({**session, "counter": signed_in})
        made.append(Window(f"{app.config['SESSION_COOKIE_NAME']}={cookie}", csrf_token))
    return Windows(tuple(made))
