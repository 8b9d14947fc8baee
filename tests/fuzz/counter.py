"""Shifts in the made-up shop that somebody may close or take over, and what is typed or shown to the camera there."""

import base64
import io
from datetime import datetime
from typing import Any

from PIL import Image

from app.models import Member, Staff, Store
from app.services import shifts
from tests.factories.coupons import at_counter
from tests.factories.members import code_of
from tests.factories.staff import make_staff


def stock(person: Member, crew: list[Staff], store: Store, *, now: datetime) -> dict[str, list[Any]]:
    """One open shift of each of the crew, twice as many closed ones of people who went home; what is known, by field."""
    mine = [shifts.open_shift(actor=at_counter(one, store), now=now) for one in crew]
    left = []
    for _ in range(2 * len(crew)):
        gone = at_counter(make_staff(at=[store]), store)
        shift = shifts.open_shift(actor=gone, now=now)
        left.append(shifts.close(shift.public_id, counted_fen=None, note="", actor=gone, now=now))
    picture = io.BytesIO()
    Image.new("L", (64, 48)).save(picture, "JPEG")
    return {
        "shift_id": [str(one.public_id) for one in (*mine, *left)],
        "typed": [code_of(person, now=now), "8000", "13800138000"],
        "jpeg": [base64.b64encode(picture.getvalue()).decode()],
        "counted_fen": [0, 5_000, None],
        "reply": [""],
    }
