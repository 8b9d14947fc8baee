"""What the member tapped, as the client tells it: a hint that WeChat's own event confirms or 43101 corrects."""

from apiflask import APIBlueprint

from app import transaction
from app.services import message_templates
from blueprints.identity import allow, current_member, now
from blueprints.schemas.messages import SubscriptionList, SubscriptionReportIn

bp = APIBlueprint("subscription_reports", __name__, tag="messages")


@bp.post("/subscription-reports")
@bp.input(SubscriptionReportIn)
@bp.output(SubscriptionList)
@allow("member")
def report(json_data: SubscriptionReportIn) -> SubscriptionList:
    """Tell what wx.requestSubscribeMessage answered. The same `report_id` again changes nothing."""
    accepted = [row.wechat_template_id for row in json_data.results if row.result == "accept"]
    offers = transaction.run(
        lambda: message_templates.report_accepts(
            current_member().id, report_id=json_data.report_id, accepted=accepted, now=now()
        )
    )
    return SubscriptionList.of(offers)
