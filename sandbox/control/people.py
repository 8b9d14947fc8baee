"""Users and the one-time codes their phones would hand over."""

from typing import Any

from flask import Blueprint, Response, jsonify

from sandbox import push_events
from sandbox.clock import iso
from sandbox.codes import LOGIN, PHONE
from sandbox.control.parsing import BadControl, Body, find_user, page_bounds, read_body
from sandbox.users import User
from sandbox.world import World

BULK_LIMIT = 1_000_000
FIRST_BULK_PHONE = 13_900_000_000


def as_json(user: User) -> dict[str, Any]:
    return {
        "name": user.name,
        "openid": user.openid,
        "official_openid": user.official_openid,
        "unionid": user.unionid,
        "phone": user.phone,
        "country_code": user.country_code,
        "follows": user.follows,
        "blocked": user.blocked,
        "last_seen": iso(user.last_seen) if user.last_seen else None,
    }


def add_routes(blueprint: Blueprint, world: World) -> None:
    @blueprint.post("/users")
    def create_user() -> tuple[Response, int]:
        """Make a user, or change the one of that name or openid."""
        body = read_body()
        if body.has("count"):
            return jsonify(_create_many(world, body)), 201
        name, openid = body.text("name", ""), body.text("openid", "")
        changes = _read_changes(body)
        body.done()
        user, created = world.users.ensure(name=name, openid=openid)
        for field, value in changes.items():
            setattr(user, field, value)
        if changes.get("unionid") == "auto":
            user.unionid = world.ids.unionid(user.name)
        return jsonify({**as_json(user), "created": created}), 201 if created else 200

    @blueprint.get("/users")
    def list_users() -> Response:
        """Pages of users in order of creation; the cursor is how many were seen."""
        after, limit = page_bounds()
        users, total = world.users.page(after=after, limit=limit)
        seen = after + len(users)
        return jsonify(data=[as_json(user) for user in users], total=total, has_more=seen < total, next_cursor=seen)

    @blueprint.get("/users/<openid>")
    def get_user(openid: str) -> Response:
        """One user by openid or name, with the accepts left for each template."""
        user = world.users.find(openid) or world.users.named(openid)
        if user is None:
            raise BadControl("no such user", status=404)
        return jsonify({**as_json(user), "grants": world.grants.of_user(user.openid)})

    _add_following(blueprint, world)
    _add_codes(blueprint, world)


def _add_following(blueprint: Blueprint, world: World) -> None:
    @blueprint.post("/follow")
    def follow() -> Response:
        """The user follows the official account, or leaves it; it is told of both."""
        body = read_body()
        user, follows = find_user(world, body), body.flag("follows", True)
        body.done()
        user.follows = follows
        world.push.send(push_events.followed(user.official_openid, follows=follows, at=world.clock.now()))
        return jsonify(as_json(user))


def _add_codes(blueprint: Blueprint, world: World) -> None:
    @blueprint.post("/login-code")
    def login_code() -> Response:
        """What wx.login() gives the mini-program."""
        return _issue(LOGIN)

    @blueprint.post("/phone-code")
    def phone_code() -> Response:
        """What the getPhoneNumber button gives; `phone` sets the user's number first."""
        return _issue(PHONE)

    def _issue(kind: str) -> Response:
        body = read_body()
        user = find_user(world, body)
        if kind == PHONE:
            user.phone = body.text("phone", user.phone)
            user.country_code = body.text("country_code", user.country_code)
            if not user.phone:
                raise BadControl("this user has no phone number: give one")
        body.done()
        code = world.codes.issue(kind, appid=world.settings.appid, openid=user.openid)
        return jsonify(
            code=code.value, openid=user.openid, expires_at=iso(code.issued_at + world.limits.code_ttl_seconds)
        )


def _read_changes(body: Body) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    for field in ("unionid", "phone", "country_code"):
        if body.has(field):
            changes[field] = body.text(field)
    for field in ("follows", "blocked"):
        if body.has(field):
            changes[field] = body.flag(field)
    if not changes.get("country_code", "86").isdigit():
        raise BadControl("country_code must be digits")
    if not changes.get("phone", "0").isdigit():
        raise BadControl("phone must be digits, without the country code")
    return changes


def _create_many(world: World, body: Body) -> dict[str, Any]:
    """Users <prefix>1 … <prefix>count with phone numbers counting up from 13900000001."""
    count, prefix = body.number("count", least=1), body.text("prefix", "user-")
    phones, listed = body.flag("phones", True), body.flag("list", True)
    body.done()
    if count > BULK_LIMIT:
        raise BadControl(f"count may be {BULK_LIMIT} at most")
    openids = []
    for number in range(1, count + 1):
        user, _ = world.users.ensure(name=f"{prefix}{number}")
        if phones and not user.phone:
            user.phone = str(FIRST_BULK_PHONE + number)
        openids.append(user.openid)
    return {"count": count, "openids": openids if listed else []}
