"""The sandbox as these tests see it: people, codes, faults and what arrived."""

import threading
from collections import Counter
from dataclasses import dataclass
from typing import Any

from sandbox.codes import LOGIN, PHONE
from sandbox.demo_templates import COUPON
from sandbox.settings import Settings

TOKEN_PATH = "/cgi-bin/stable_token"
LOGIN_PATH = "/sns/jscode2session"
PHONE_PATH = "/wxa/business/getuserphonenumber"
SEND_PATH = "/cgi-bin/message/subscribe/send"
TEMPLATE = COUPON
FIELDS = {"thing1": "满100减20券", "amount2": "¥20.00", "date3": "2026年12月31日", "phrase4": "即将到期"}


@dataclass
class WeChatBox:
    url: str
    settings: Settings
    world: Any

    def user(self, name: str = "ann", *, phone: str = "", grants: int = 0, blocked: bool = False) -> str:
        """The openid of a new or known user."""
        user, _ = self.world.users.ensure(name=name)
        user.phone, user.blocked = phone or user.phone, blocked
        if grants:
            self.world.grants.accept(user.openid, TEMPLATE, times=grants)
        return str(user.openid)

    def login_code(self, openid: str) -> str:
        return str(self.world.codes.issue(LOGIN, appid=self.settings.appid, openid=openid).value)

    def phone_code(self, openid: str) -> str:
        return str(self.world.codes.issue(PHONE, appid=self.settings.appid, openid=openid).value)

    def fault(self, path: str, **parts: Any) -> None:
        self.world.faults.add(path=path, **parts)

    def calls(self) -> Counter[str]:
        """How often each path was called."""
        return Counter(call.path for call in self.world.calls.page(after=0, limit=100_000)[0])


def in_threads(count: int, work: Any) -> list[Any]:
    """Run `work(i)` in `count` threads that start together; results or exceptions in order."""
    results: list[Any] = [None] * count
    gate = threading.Barrier(count)

    def one(index: int) -> None:
        gate.wait(timeout=30)
        try:
            results[index] = work(index)
        except Exception as error:  # noqa: BLE001  the test looks at what came
            results[index] = error

    threads = [threading.Thread(target=one, args=(index,)) for index in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    return results
