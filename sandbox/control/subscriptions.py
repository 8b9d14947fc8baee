"""What users answer when asked for permission: pop-ups, switches, and bulk grants for tests."""

from flask import Blueprint, Response, jsonify

from sandbox import push_events
from sandbox.control.parsing import BadControl, find_user, read_body
from sandbox.template_book import LONG_TERM, Template
from sandbox.world import World

ANSWERS = ("accept", "reject", "ban")
MOST_TEMPLATES = 3  # wx.requestSubscribeMessage takes no more


def add_routes(blueprint: Blueprint, world: World) -> None:
    @blueprint.post("/subscribe")
    def subscribe() -> Response:
        """The user answers one pop-up. `event: false` plays an auto-accept that pushes nothing."""
        body = read_body()
        user = find_user(world, body)
        answers = body.object("templates")
        push, scene = body.flag("event", True), body.text("scene", "0")
        body.done()
        results = _check_answers(world, answers)
        for template, answer in results:
            if answer == "accept":
                _accept(world, user.openid, template)
        told = [(template.id, answer) for template, answer in results if answer != "ban"]
        if push and told:
            world.push.send(push_events.popup(user.openid, told, at=world.clock.now(), scene=scene))
        return jsonify(
            openid=user.openid,
            result={template.id: answer for template, answer in results},
            grants=world.grants.of_user(user.openid),
        )

    @blueprint.post("/switch-off")
    def switch_off() -> Response:
        """The user switches templates off in the settings: no sends until the next accept."""
        body = read_body()
        user = find_user(world, body)
        templates = [_known(world, template_id) for template_id in body.texts("templates")]
        push = body.flag("event", True)
        body.done()
        for template in templates:
            world.grants.switch_off(user.official_openid if template.official else user.openid, template.id)
        told = [template.id for template in templates if not template.official]
        if push and told:
            world.push.send(push_events.change(user.openid, told, at=world.clock.now()))
        return jsonify(openid=user.openid, grants=world.grants.of_user(user.openid))

    _add_grants(blueprint, world)


def _add_grants(blueprint: Blueprint, world: World) -> None:
    @blueprint.post("/grants")
    def grant_many() -> Response:
        """Accepts for many users at once; `silent: false` also pushes one pop-up event per user and accept."""
        body = read_body()
        openids, template = body.texts("openids"), _known(world, body.text("template_id"))
        count, silent = body.number("count", 1, least=1), body.flag("silent", True)
        create = body.flag("create", False)
        body.done()
        if create:
            for openid in openids:
                world.users.ensure(openid=openid)
        unknown = [openid for openid in openids if world.users.find(openid) is None]
        if unknown:
            raise BadControl(
                f"{len(unknown)} unknown openids, the first is {unknown[0]!r} (create: true makes them)", status=404
            )
        world.grants.grant_all(openids, template.id, count)
        if not silent:
            for openid in openids * count:
                world.push.send(push_events.popup(openid, [(template.id, "accept")], at=world.clock.now()))
        return jsonify(granted=len(openids), template_id=template.id, count=count)

    @blueprint.post("/grants/set")
    def set_grant() -> Response:
        """Set the unused accepts of one user for one template, without any event."""
        body = read_body()
        user = find_user(world, body)
        template, count = _known(world, body.text("template_id")), body.number("count")
        body.done()
        world.grants.set(user.openid, template.id, count)
        return jsonify(openid=user.openid, grants=world.grants.of_user(user.openid))


def _check_answers(world: World, answers: dict[str, object]) -> list[tuple[Template, str]]:
    """The answers as the phone would report them: a banned template answers `ban` whatever the user wanted."""
    if not 1 <= len(answers) <= MOST_TEMPLATES:
        raise BadControl(f"one to {MOST_TEMPLATES} templates at a time")
    results = []
    for template_id, answer in answers.items():
        template = _known(world, template_id)
        if answer not in ANSWERS:
            raise BadControl(f"an answer must be one of {', '.join(ANSWERS)}")
        results.append((template, "ban" if template.banned else str(answer)))
    if len({template.type for template, _ in results}) > 1:
        raise BadControl("one-time and long-term templates cannot be asked for together (20002)")
    return results


def _accept(world: World, openid: str, template: Template) -> None:
    world.grants.accept(openid, template.id, cap=world.limits.grant_cap, long_term=template.type == LONG_TERM)


def _known(world: World, template_id: str) -> Template:
    template = world.templates.find(template_id)
    if template is None:
        raise BadControl(f"no such template: {template_id!r}", status=404)
    return template
