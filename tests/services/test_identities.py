"""Signing in by WeChat's identity and proving a phone: one person, one member."""

from datetime import datetime

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.actor import Actor
from app.errors import ConsentMissing, PhoneTaken
from app.models import AuditEntry, Consent, Member, MemberIdentity, TierHistory
from app.services import identities, member_codes, members
from app.services.identities import SignedIn
from app.wiring import parts
from tests.conftest import NOON
from tests.factories.members import make_counter_member, make_member, seal

APP = "wxtest000000000001"


def sign_in(openid: str, *, unionid: str | None = None, app_id: str = APP, consent: str | None = "2026-11") -> SignedIn:
    return identities.sign_in(
        app_id=app_id,
        openid=openid,
        unionid=unionid,
        consent_version=consent,
        new_code=lambda: member_codes.fresh(vault=parts().vault),
        now=NOON,
    )


def bind(member: Member, phone: str, *, now: datetime = NOON) -> identities.PhoneBound:
    return identities.bind_phone(
        member.id, phone=seal(phone), app_id=APP, actor=Actor(kind="member", id=member.id), now=now
    )


def test_the_first_sign_in_enrols_with_account_tier_and_consent(db_session: Session) -> None:
    first, again = sign_in("o-1"), sign_in("o-1", consent=None)
    assert (first.is_new, again.is_new, again.member.id) == (True, False, first.member.id)
    member_id = first.member.id
    consent = db_session.scalars(select(Consent).where(Consent.member_id == member_id)).one()
    assert (consent.purpose, consent.granted, consent.document_version) == ("membership", True, "2026-11")
    assert db_session.scalars(select(TierHistory.reason).where(TierHistory.member_id == member_id)).all() == ["joined"]
    assert len(first.member.code_number) == 9


@pytest.mark.parametrize("consent", [None, "2025-01"])
def test_enrolling_needs_consent_to_the_document_in_force(db_session: Session, consent: str | None) -> None:
    with pytest.raises(ConsentMissing) as refused:
        sign_in("o-1", consent=consent)
    assert refused.value.data == {"purpose": "membership", "document_version": "2026-11"}
    assert db_session.scalar(select(func.count()).select_from(Member)) == 0


def test_a_unionid_leads_another_apps_openid_to_the_same_member(db_session: Session) -> None:
    first = sign_in("o-1", unionid="u-1")
    other_app = sign_in("o-other", unionid="u-1", app_id="wxother")
    assert (other_app.is_new, other_app.member.id) == (False, first.member.id)
    # And the next time without UnionID.
    assert sign_in("o-other", app_id="wxother", consent=None).member.id == first.member.id


def test_a_unionid_learned_later_is_remembered_but_never_taken_from_somebody(db_session: Session) -> None:
    early, owner = sign_in("o-1").member, sign_in("o-2", unionid="u-2").member
    assert sign_in("o-1", unionid="u-1").member.id == early.id
    assert sign_in("o-3", unionid="u-1", app_id="wxother").member.id == early.id
    # An OpenID of its own comes before somebody else's UnionID.
    assert sign_in("o-1", unionid="u-2").member.id == early.id
    linked = select(MemberIdentity.member_id).where(MemberIdentity.kind == "unionid", MemberIdentity.value == "u-2")
    assert db_session.scalar(linked) == owner.id


def test_the_same_openid_at_another_app_is_another_person(db_session: Session) -> None:
    assert sign_in("o-1").member.id != sign_in("o-1", app_id="wxother").member.id


def test_a_free_phone_is_bound_and_binding_it_again_changes_nothing(db_session: Session) -> None:
    member = make_member()
    first = bind(member, "13800138000")
    assert (first.member.id, first.is_merged, first.member.phone_masked) == (member.id, False, "138****8000")
    bind(member, "+86 138 0013 8000")
    audits = db_session.scalars(select(AuditEntry).where(AuditEntry.action == "member.bind_phone")).all()
    assert [entry.details for entry in audits] == [{"phone": "138****8000", "before": None}]


def test_a_new_phone_replaces_the_old_one_which_is_free_again(db_session: Session) -> None:
    member, other = make_member(phone="13800138000"), make_member()
    bind(member, "13900139000")
    assert bind(other, "13800138000").member.id == other.id
    assert members.find_by_phone_index(seal("13900139000").index) is member


def test_a_phone_of_a_member_with_wechat_is_taken(db_session: Session) -> None:
    member, other = make_member(), make_member(phone="13800138000")
    with pytest.raises(PhoneTaken):
        bind(member, "13800138000")
    assert (member.phone_masked, other.phone_masked) == (None, "138****8000")
    assert {member.status, other.status} == {"active"}


def test_a_counter_member_and_the_openid_that_proves_the_phone_become_one(db_session: Session) -> None:
    counter, mini = make_counter_member(phone="13800138000"), make_member(openid="o-1")
    bound = bind(mini, "13800138000")
    assert (bound.is_merged, bound.member.id, bound.member.phone_masked) == (True, counter.id, "138****8000")
    assert sign_in("o-1", consent=None).member.id == counter.id
    # A request that still carries the merged member's key finds the one who stays.
    assert bind(mini, "13800138000").member.id == counter.id
