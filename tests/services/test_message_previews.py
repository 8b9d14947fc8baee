"""A message on the phone before anybody gets it: real wording, example values, every fault beside its field."""

from app.services import campaigns, message_previews
from tests.conftest import NOON
from tests.factories.coupons import make_batch
from tests.factories.messages import make_campaign, make_message_template


def test_texts_are_filled_and_their_faults_told(db_session: object) -> None:
    template = make_message_template()
    batch = make_batch(how="issue")
    told = message_previews.of_texts(
        template.public_id,
        {"thing1": "{nickname}，领{gift_points}分和{coupon}", "date2": "明天"},
        batch_public_id=batch.public_id,
        points_gift=50,
        now=NOON,
    )
    text, date = told.lines
    assert text.text.startswith("小雨，领50分和")
    assert (text.limit, text.problem) == (20, None)
    assert (date.typed, date.limit, date.problem) == ("明天", None, "too_long_or_wrong_type")


def test_what_is_missing_is_told_and_not_refused(db_session: object) -> None:
    template = make_message_template()
    told = message_previews.of_texts(template.public_id, {}, batch_public_id=None, points_gift=None, now=NOON)
    assert [line.problem for line in told.lines] == ["missing", "missing"]
    assert [line.text for line in told.lines] == ["", ""]


def test_a_campaign_shows_each_of_its_texts(db_session: object) -> None:
    campaign = make_campaign(
        variants=[
            {"code": "A", "share_bp": 5_000, "field_values": {}, "page": None},
            {"code": "B", "share_bp": 5_000, "field_values": {"thing1": "{points} 分等你用"}, "page": "pages/me/index"},
        ]
    )
    first, second = message_previews.of_campaign(campaign, now=NOON)
    assert (first.variant, first.lines[0].text) == ("A", "小雨，全场八折")
    assert (second.page, second.lines[0].text) == ("pages/me/index", "1280 分等你用")


def test_points_that_come_along_may_be_named(db_session: object) -> None:
    campaign = make_campaign(points_gift=88, field_values={"thing1": "送您{gift_points}积分", "date2": "{date}"})
    assert message_previews.of_campaign(campaign, now=NOON)[0].lines[0].text == "送您88积分"
    page = campaigns.list_campaigns(after=None, limit=5, is_automation=True)
    assert campaign not in page.items
