"""A member's data as a download: gathered in one read transaction, then sent, so that a slow reader keeps no connection."""

from io import BytesIO
from typing import Any

from flask import Response

from app.services import member_export
from app.services.member_export import Opener
from app.transaction import transaction
from blueprints.attempts import Limit, count
from blueprints.identity import now

# Who wants to read it once more has it already.
EXPORTS = Limit("member.export", tries=5, window_seconds=86_400)

# For `bp.doc(responses=…)`.
DESCRIPTION: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Everything kept about the member: `member`, then a list for each kind of thing.",
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["made_at", "member", *member_export.SECTIONS],
                    "properties": {
                        "made_at": {"type": "string", "format": "date-time"},
                        "member": {"type": "object"},
                        **{name: {"type": "array", "items": {"type": "object"}} for name in member_export.SECTIONS},
                    },
                }
            }
        },
    }
}


def answer(member_id: int, *, opener: Opener | None) -> Response:
    """The download. Raises TooMany after five a day for one member."""
    count(EXPORTS, str(member_id))
    # A life of a hundred thousand points entries is some twenty megabytes; nobody's is longer.
    gathered = BytesIO()
    with transaction():
        for piece in member_export.pieces(member_id, now=now(), opener=opener):
            gathered.write(piece.encode())
    response = Response(gathered.getvalue(), mimetype="application/json")
    response.headers.set("Content-Disposition", "attachment", filename="my-data.json")
    response.headers["Cache-Control"] = "no-store"
    return response
