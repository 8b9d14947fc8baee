"""The people of the sandbox: one openid per app, perhaps a unionid, a phone number and a live session key."""

import threading
from dataclasses import dataclass

from sandbox.errors import WxError
from sandbox.ids import Ids

USERS_KEPT = 2_000_000


@dataclass(slots=True)
class User:
    """`name` is what a test or demo calls this person; `last_seen` is the sandbox time of the last login."""

    name: str
    openid: str
    official_openid: str
    unionid: str = ""
    phone: str = ""
    country_code: str = "86"
    follows: bool = False
    blocked: bool = False
    last_seen: float = 0.0
    session_key: str = ""


class UserBook:
    """Thread-safe; looking up by openid is a plain dictionary read."""

    def __init__(self, ids: Ids, *, appid: str, oa_appid: str) -> None:
        self._ids, self._appid, self._oa_appid = ids, appid, oa_appid
        self._lock = threading.Lock()
        self._by_openid: dict[str, User] = {}
        self._by_official: dict[str, User] = {}
        self._by_name: dict[str, User] = {}

    def __len__(self) -> int:
        return len(self._by_openid)

    def find(self, openid: object) -> User | None:
        return self._by_openid.get(openid) if isinstance(openid, str) else None

    def find_official(self, openid: object) -> User | None:
        return self._by_official.get(openid) if isinstance(openid, str) else None

    def named(self, name: str) -> User | None:
        return self._by_name.get(name)

    def get(self, openid: object) -> User:
        """Raise 40003 for an openid that is not one of this app's."""
        user = self.find(openid)
        if user is None:
            raise WxError(40003)
        return user

    def ensure(self, *, name: str = "", openid: str = "") -> tuple[User, bool]:
        """The user of that name or openid, True when made just now. The same name always gets the same openid."""
        with self._lock:
            user = self._by_openid.get(openid) if openid else self._by_name.get(name)
            if user is not None:
                return user, False
            name = name or openid or f"user-{len(self._by_openid) + 1}"
            made = openid or self._ids.openid(self._appid, name)
            user = User(name, made, self._ids.openid(self._oa_appid or "oa", name))
            self._keep(user)
            return user, True

    def restore(self, user: User) -> None:
        with self._lock:
            self._keep(user)

    def page(self, *, after: int, limit: int) -> tuple[list[User], int]:
        """Users in order of creation, and how many there are."""
        with self._lock:
            users = list(self._by_openid.values())
        return users[after : after + limit], len(users)

    def reset(self) -> None:
        with self._lock:
            for book in (self._by_openid, self._by_official, self._by_name):
                book.clear()

    def _keep(self, user: User) -> None:
        if len(self._by_openid) >= USERS_KEPT:
            raise OverflowError(f"the sandbox holds at most {USERS_KEPT} users")
        self._by_openid[user.openid] = user
        self._by_official[user.official_openid] = user
        self._by_name[user.name] = user
