"""What my device needs to draw my member code."""

from apiflask import APIBlueprint

from app.rules import member_code as rule
from app.services import member_codes, members
from app.wiring import parts
from blueprints.identity import allow, current_member, now
from blueprints.schemas.members import MemberCodeFormatOut, MemberCodeOut

bp = APIBlueprint("member_code", __name__, tag="identity")

FORMAT = MemberCodeFormatOut(
    name="huitou-member-code-1",
    prefix=rule.PREFIX,
    length=rule.LENGTH,
    otp_digits=rule.OTP_DIGITS,
    algorithm="HMAC-SHA-256",
    secret_encoding="base32",  # noqa: S106 - the name of an encoding
)


@bp.get("/me/member-code")
@bp.output(MemberCodeOut)
@allow("member")
def show() -> MemberCodeOut:
    """My code number and secret, and the server's time to draw by."""
    member = members.get(current_member().id)
    return MemberCodeOut(
        number=member.code_number,
        secret=member_codes.secret_text(member.code_number, member.code_secret_cipher, vault=parts().vault),
        step_seconds=rule.STEP_SECONDS,
        server_time=now(),
        format=FORMAT,
    )
