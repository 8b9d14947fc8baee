"""The marketer's and manager's door."""

from apiflask import APIBlueprint

from blueprints.identity import staff_door

bp = APIBlueprint("console", __name__, url_prefix="/api/console/v1", tag="console")
bp.before_request(staff_door)

NOUNS: tuple[APIBlueprint, ...] = ()
for noun in NOUNS:
    bp.register_blueprint(noun)
