"""A coupon given at the counter's page: with a reason, within the day's limit, asked about first."""

import html
import re
from datetime import datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models import AuditEntry, Coupon
from tests.blueprints.pages import visitor
from tests.blueprints.pages.test_counter_pages import Desk, said
from tests.factories.counters import make_counter, set_programme
from tests.factories.coupons import make_batch


@pytest.fixture
def desk(client: FlaskClient, db_session: Session, now: datetime) -> Desk:
    """A clerk who may give two coupons a day."""
    set_programme(clerk_issues_per_day=2)
    counter = make_counter()
    assert visitor.sign_in(client, counter.clerk, store=counter.store).status_code == 303
    return Desk(client, counter)


def test_a_coupon_is_given_once_with_its_reason_and_the_customer_stays(desk: Desk, db_session: Session) -> None:
    batch = make_batch(how="issue", clerk_can_issue=True, per_member_limit=5)
    make_batch(how="issue")  # not for clerks
    visit = desk.counter.visit()
    path = f"/visits/{visit}/coupon-issues"
    assert f"/counter{path}" in desk.client.get(f"/counter/visits/{visit}").text
    page = html.unescape(desk.client.get(f"/counter{path}").text)
    assert "还可以送" in page and re.findall(r'name="batch_id" value="([\w-]+)"', page) == [str(batch.public_id)]
    assert "券立即到账，不能由您收回" in page
    data = {"batch_id": str(batch.public_id), "note": "顾客等候太久"}
    for _ in range(2):  # The key of the form: sent twice, given once.
        done = desk.send(path, data).text
        assert "已赠送" in said(done, "good") and "还可以送 1 张" in said(done, "good")
        assert 'data-step="visit"' in done
    assert db_session.scalar(select(func.count()).select_from(Coupon)) == 1
    audited = db_session.scalars(select(AuditEntry).where(AuditEntry.action == "coupon.issue")).one()
    assert audited.details["note"] == "顾客等候太久"


def test_without_a_reason_nothing_is_given_and_what_was_typed_stays(desk: Desk, db_session: Session) -> None:
    batch = make_batch(how="issue", clerk_can_issue=True)
    path = f"/visits/{desk.counter.visit()}/coupon-issues"
    refused = desk.send(path, {"batch_id": str(batch.public_id), "note": " "})
    assert refused.status_code == 422 and "请写明原因" in said(refused.text, "warn")
    assert desk.send(path, {"batch_id": str(batch.public_id), "note": "迟到", "key": "2"}).status_code == 200
    again = desk.send(path, {"batch_id": str(batch.public_id), "note": "照顾<b>", "key": "3"})
    assert 'value="照顾&lt;b&gt;"' in again.text and "已达到领取上限" in said(again.text, "bad")
    assert db_session.scalar(select(func.count()).select_from(Coupon)) == 1


def test_what_cannot_be_given_says_what_to_do(desk: Desk) -> None:
    path = f"/counter/visits/{desk.counter.visit()}/coupon-issues"
    assert "店员可在收银台发放" in desk.client.get(path).text
    make_batch(how="issue", clerk_can_issue=True)
    set_programme(clerk_issues_per_day=0)
    page = desk.client.get(path).text
    assert "今天的赠送张数已用完" in page and 'name="batch_id"' not in page
    english = desk.client.get(path, headers={"Accept-Language": "en"}).text
    assert "A colleague can give it" in english
