"""Signing in from the mini-program."""

from datetime import timedelta

from apiflask import APIBlueprint
from flask import Response

from app import transaction
from app.gateways import vault
from app.services import identities, member_codes, points, sessions, tiers
from app.wiring import parts
from blueprints.identity import allow, current_member, now
from blueprints.schemas.coupons import in_english
from blueprints.schemas.members import MemberOut
from blueprints.schemas.sessions import MemberSignInIn, MemberSignInOut

bp = APIBlueprint("sessions", __name__, tag="identity")


@bp.post("/sessions")
@bp.input(MemberSignInIn)
@bp.output(MemberSignInOut, status_code=201)
@allow("anyone")
def sign_in(json_data: MemberSignInIn) -> MemberSignInOut:
    """Sign in with wx.login's code; the first time enrols, which needs consent to the membership terms."""
    # WeChat first: never inside a transaction.
    person = parts().wechat.sign_in(json_data.login_code)
    config = parts().config
    token = vault.new_token()
    consent = json_data.membership_consent

    def work() -> MemberSignInOut:
        signed_in = identities.sign_in(
            app_id=config.wechat_appid,
            openid=person.openid,
            unionid=person.unionid,
            consent_version=None if consent is None else consent.document_version,
            new_code=lambda: member_codes.fresh(vault=parts().vault),
            locale="en" if in_english() else "zh_CN",
            now=now(),
        )
        member = signed_in.member
        session = sessions.open_for_member(
            member.id,
            openid=person.openid,
            token_hash=vault.token_hash(token),
            lifetime=timedelta(days=config.member_session_days),
            now=now(),
        )
        return MemberSignInOut(
            token=token,
            expires_at=session.expires_at,
            member=MemberOut.of(
                member, points_balance=points.spendable(member.id, now=now()), standing=tiers.standing(member.id)
            ),
            is_new=signed_in.is_new,
        )

    return transaction.run(work)


@bp.delete("/sessions/current")
@bp.doc(responses={204: "Signed out"})
@allow("member")
def sign_out() -> Response:
    """End this sign-in; its token is refused from now on."""
    with transaction.transaction():
        sessions.revoke_member_session(current_member().session_id, now=now())
    return Response(status=204)
