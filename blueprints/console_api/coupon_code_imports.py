"""Codes that were printed elsewhere."""

from uuid import UUID

from apiflask import APIBlueprint
from flask import request

from app.rules import coupon_code_list
from app.services import coupon_code_imports, coupon_codes
from app.wiring import parts
from blueprints.idempotency import idempotent
from blueprints.identity import actor, allow, now
from blueprints.schemas.coupon_codes import CodeImportIn, CodeImportOut

bp = APIBlueprint("coupon_code_imports", __name__, tag="coupons")

# 5,000 codes with their dashes, quotes and some columns beside them.
MAX_BODY_BYTES = 512 * 1024


@bp.before_request
def _take_long_lists() -> None:
    request.max_content_length = MAX_BODY_BYTES


@bp.post("/coupon-batches/<uuid:batch_id>/code-imports")
@bp.input(CodeImportIn)
@bp.output(CodeImportOut, status_code=201)
@allow("marketer", "admin")
@idempotent
def take(batch_id: UUID, json_data: CodeImportIn) -> CodeImportOut:
    """Add codes to a batch: up to 5,000, as a list or as CSV text, all or none. Codes it has already are passed over."""
    codes = coupon_code_list.read(json_data.lines())
    lines = {coupon_codes.hash_of(code, vault=parts().vault): line for code, line in codes.items()}
    return CodeImportOut.of(coupon_code_imports.take(batch_id, lines, actor=actor(), now=now()))
