"""What is kept about me, and being forgotten."""

from apiflask import APIBlueprint
from flask import Response

from app import transaction
from app.services import erasures
from app.wiring import parts
from blueprints import member_export
from blueprints.identity import actor, allow, current_member, now
from blueprints.schemas.erasures import ErasureOut, MyErasureOut

bp = APIBlueprint("privacy", __name__, tag="identity")


@bp.get("/me/export")
@bp.doc(responses=member_export.DESCRIPTION)
@allow("member")
def export() -> Response:
    """Everything kept about me, to read and to take away; five times a day."""
    return member_export.answer(current_member().id, opener=parts().vault)


@bp.get("/me/erasure")
@bp.output(MyErasureOut)
@allow("member")
def show() -> MyErasureOut:
    """Whether I asked to be forgotten, and until when I can take it back."""
    told = erasures.find_waiting(current_member().id)
    return MyErasureOut(request=None if told is None else ErasureOut.of(told))


@bp.post("/me/erasure")
@bp.output(ErasureOut, status_code=201)
@allow("member")
def ask() -> ErasureOut:
    """Ask to be forgotten: seven days to think, then points and coupons are gone. A repeat is the same wish."""
    return ErasureOut.of(transaction.run(lambda: erasures.ask(current_member().id, actor=actor(), now=now())))


@bp.delete("/me/erasure")
@bp.output(ErasureOut)
@allow("member")
def take_back() -> ErasureOut:
    """Stay: everything is as it was."""
    return ErasureOut.of(transaction.run(lambda: erasures.take_back(current_member().id, actor=actor(), now=now())))
