"""The customer's door: everything a member does from the mini-program."""

from apiflask import APIBlueprint

from blueprints.identity import member_door

bp = APIBlueprint("mini", __name__, url_prefix="/api/mini/v1", tag="mini")
bp.before_request(member_door)

NOUNS: tuple[APIBlueprint, ...] = ()
for noun in NOUNS:
    bp.register_blueprint(noun)
