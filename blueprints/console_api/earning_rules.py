"""Earning rules: read, written, followed by a next version, stopped, and tried on a bill before anybody pays."""

from collections.abc import Sequence

from apiflask import APIBlueprint

from app.errors import NotFound
from app.rules import earning_terms
from app.services import earning_rules, points_mechanism, stores, tiers, trials
from app.services.earning_rules import CODE, RuleVersion
from app.transaction import transaction
from blueprints.identity import actor, allow, now
from blueprints.schemas.earning_rules import RuleIn, RuleList, RuleOut, StopIn, TrialIn, TrialOut, VersionIn
from blueprints.schemas.purchases import lines_of

bp = APIBlueprint("earning_rules", __name__, tag="earning")


@bp.get("/earning-rules")
@bp.output(RuleList)
@allow("marketer", "manager", "auditor", "admin")
def list_rules() -> RuleList:
    """Every rule with its newest version, by event and code."""
    return RuleList(data=_told(earning_rules.list_rules()))


@bp.post("/earning-rules")
@bp.input(RuleIn)
@bp.output(RuleOut, status_code=201)
@allow("marketer", "admin")
def create(json_data: RuleIn) -> RuleOut:
    """Make a rule with its first version. What it paid stays explained, so it never changes; a next version follows it."""
    with transaction():
        made = earning_rules.create(
            code=json_data.code,
            event=json_data.event,
            ledger=json_data.ledger,
            actor=actor(),
            now=now(),
            **json_data.plain(),
        )
    return _told([made])[0]


@bp.get("/earning-rules/<string:rule_code>/versions")
@bp.output(RuleList)
@allow("marketer", "manager", "auditor", "admin")
def list_versions(rule_code: str) -> RuleList:
    """Every version of a rule, newest first."""
    return RuleList(data=_told(earning_rules.list_versions(_known(rule_code))))


@bp.post("/earning-rules/<string:rule_code>/versions")
@bp.input(VersionIn)
@bp.output(RuleOut, status_code=201)
@allow("marketer", "admin")
def add_version(rule_code: str, json_data: VersionIn) -> RuleOut:
    """Let a rule say something else from `starts_at` on; the version in force ends at that instant."""
    with transaction():
        made = earning_rules.new_version(_known(rule_code), actor=actor(), now=now(), **json_data.plain())
    return _told([made])[0]


@bp.post("/earning-rules/<string:rule_code>/stop")
@bp.input(StopIn)
@bp.output(RuleOut)
@allow("marketer", "admin")
def stop(rule_code: str, json_data: StopIn) -> RuleOut:
    """End a rule; versions planned for later never begin. What it paid stays."""
    with transaction():
        ended = earning_rules.stop(_known(rule_code), at=json_data.at, actor=actor(), now=now())
    return _told([ended])[0]


@bp.post("/earning-rules/dry-run")
@bp.input(TrialIn)
@bp.output(TrialOut)
@allow("marketer", "manager", "auditor", "admin")
def dry_run(json_data: TrialIn) -> TrialOut:
    """What a bill would earn and why, rule by rule and line by line. Changes nothing; planned rules by a later instant."""
    if json_data.store_code is not None and stores.find_by_code(json_data.store_code) is None:
        raise NotFound(kind="store")
    if json_data.tier_code is not None:
        tiers.get_by_code(json_data.tier_code)
    lines = lines_of(json_data.lines)
    verdict = trials.try_bill(
        lines=lines,
        paid_fen=sum(line.amount_fen for line in lines),
        channel=json_data.channel,
        store_code=json_data.store_code,
        tier_code=json_data.tier_code,
        nth=json_data.nth_purchase,
        occurred_at=json_data.occurred_at or now(),
        now=now(),
    )
    return TrialOut.of(verdict)


def _known(rule_code: str) -> str:
    """A code of a shape no rule has is simply unknown. Raises NotFound."""
    if not CODE.fullmatch(rule_code):
        raise NotFound(kind="earning_rule")
    return rule_code


def _told(found: Sequence[RuleVersion]) -> list[RuleOut]:
    names = points_mechanism.names_of(earning_terms.read(one.version.terms) for one in found)
    return [RuleOut.of(one, now=now(), names=names) for one in found]
