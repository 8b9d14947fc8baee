"""What the pages have to show: the demo shop, and besides it what a year would bring, made through the API."""

from dataclasses import dataclass, field
from typing import Any

import requests

from app.commands.seed_demo import DEMO_PASSWORD
from embedded.stack import Stack
from tests.browser import world_campaigns, world_coupons, world_managed, world_members, world_programme

SECONDS = 30
# What somebody hostile types wherever text is taken; none of it may ever run.
HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>"
LONG = "一个非常非常长的名字" * 4


class Api:
    """The console's or a counter's API as one of the demo shop's people."""

    def __init__(self, stack: Stack, login: str, *, store_code: str | None = None) -> None:
        self._root = stack.web_url + ("/api/store/v1" if store_code else "/api/console/v1")
        self._headers: dict[str, str] = {}
        self._keys = 0
        body = {"login": login, "password": DEMO_PASSWORD} | ({"store_code": store_code} if store_code else {})
        token = self.post("/sessions", body)["token"]
        self._headers["Authorization"] = f"Bearer {token}"

    def get(self, path: str, **query: Any) -> Any:
        """What GET answers."""
        return self._answer(requests.get(self._root + path, params=query, headers=self._headers, timeout=SECONDS))

    def post(self, path: str, body: Any) -> Any:
        """What POST answers, with a key of its own."""
        return self._answer(self.try_post(path, body))

    def patch(self, path: str, body: Any) -> Any:
        """What PATCH answers."""
        return self._answer(requests.patch(self._root + path, json=body, headers=self._headers, timeout=SECONDS))

    def try_post(self, path: str, body: Any) -> requests.Response:
        """POST that may be refused."""
        self._keys += 1
        headers = {**self._headers, "Idempotency-Key": f"{id(self)}-{self._keys}"}
        return requests.post(self._root + path, json=body, headers=headers, timeout=SECONDS)

    @staticmethod
    def _answer(response: requests.Response) -> Any:
        assert response.status_code < 400, f"{response.request.method} {response.url}: {response.text}"
        return response.json() if response.content else None


@dataclass
class World:
    """Names in the paths of pages.py, and the people who may be asked for more."""

    stack: Stack
    admin: Api
    marketer: Api
    clerk: Api
    names: dict[str, str] = field(default_factory=dict)

    def path(self, template: str) -> str:
        """An address with the names filled in."""
        return template.format(**self.names)


def make_world(stack: Stack) -> World:
    """Everything once. What a noun of the pages needs is added by its own function here."""
    from tests.browser import counter_world

    world = World(stack, Api(stack, "admin"), Api(stack, "marketer"), Api(stack, "clerk", store_code="HZ001"))
    world.names["member"] = world.admin.get("/members", limit=1)["data"][0]["id"]
    world_campaigns.add_campaigns(world, hostile=HOSTILE, long=LONG)
    world_coupons.add(world, hostile=HOSTILE, long=LONG)
    world_programme.add(world, hostile=HOSTILE, long=LONG)
    world_managed.add(world, hostile=HOSTILE, long=LONG)
    counter_world.stock(world)
    world_members.add(world, hostile=HOSTILE, long=LONG)
    return world
