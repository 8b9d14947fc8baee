"""What I agreed to; marketing apart from membership, withdrawn as easily as given."""

from apiflask import APIBlueprint

from app.services import consents
from app.transaction import transaction
from blueprints.identity import allow, current_member, now
from blueprints.schemas.members import ConsentOut, ConsentsOut, MarketingConsentIn

bp = APIBlueprint("consents", __name__, tag="identity")


@bp.get("/me/consents")
@bp.output(ConsentsOut)
@allow("member")
def show() -> ConsentsOut:
    """My decision per purpose, next to the document in force."""
    return ConsentsOut(data=[ConsentOut.of(standing) for standing in consents.list_standings(current_member().id)])


@bp.put("/me/consents/marketing")
@bp.input(MarketingConsentIn)
@bp.output(ConsentOut)
@allow("member")
def decide(json_data: MarketingConsentIn) -> ConsentOut:
    """Give or withdraw consent to marketing messages."""
    with transaction():
        standing = consents.decide_marketing(
            current_member().id,
            granted=json_data.granted,
            document_version=json_data.document_version,
            channel="mini",
            now=now(),
        )
    return ConsentOut.of(standing)
