"""How points work, in words a member can rely on: each sentence is made from the rules and settings in force."""

from app.models import Programme
from app.rules.earning_words import Words, amount_of, counted, lifetime
from app.services.points_mechanism import Mechanism, RuleInWords
from blueprints.schemas.base import Instant, Out


class SentenceOut(Out):
    text: str
    text_en: str

    @classmethod
    def of(cls, words: Words) -> "SentenceOut":
        return cls(text=words.zh, text_en=words.en)


class RuleOut(Out):
    """A rule in force and what it says; `event` is what has to happen, `ledger` what it brings."""

    code: str
    version: int
    event: str
    ledger: str
    name: str
    name_en: str
    text: str
    text_en: str

    @classmethod
    def of(cls, spoken: RuleInWords) -> "RuleOut":
        rule = spoken.rule
        return cls(
            code=rule.code,
            version=rule.version,
            event=rule.event,
            ledger=rule.ledger,
            name=rule.name,
            name_en=rule.name_en,
            text=spoken.words.zh,
            text_en=spoken.words.en,
        )


class CheckInRungOut(Out):
    """Extra points on the day a streak, or the check-ins of a month, reach so many days."""

    days: int
    points: int


class CheckInLadderOut(Out):
    """What a check-in pays; `makeup` is null where a missed day cannot be made up for."""

    points: int
    streak: list[CheckInRungOut]
    monthly: list[CheckInRungOut]
    sentences: list[SentenceOut]
    makeup: SentenceOut | None


class WorthOut(Out):
    """`fen_per_100_points`: what 100 points are worth, in fen; `buys` says for what they can be used."""

    fen_per_100_points: int
    text: str
    text_en: str
    buys: list[SentenceOut]


class ExpiryOut(Out):
    """`terms` as stored (12M, 12M@year, 2027-12-31, never); a rule may set its own for what it pays."""

    terms: str
    notice_days: int
    text: str
    text_en: str


class MechanismOut(Out):
    """The rules of the game as they are now; `updated_at` is when the settings last changed."""

    rules: list[RuleOut]
    check_in: CheckInLadderOut
    expiry: ExpiryOut
    worth: WorthOut
    rounding: SentenceOut
    refund: SentenceOut
    debt: SentenceOut
    updated_at: Instant

    @classmethod
    def of(cls, mechanism: Mechanism) -> "MechanismOut":
        programme = mechanism.programme
        return cls(
            rules=[RuleOut.of(spoken) for spoken in mechanism.rules],
            check_in=_check_in(programme),
            expiry=_expiry(programme),
            worth=_worth(programme),
            rounding=SentenceOut.of(ROUNDING),
            refund=SentenceOut.of(REFUND),
            debt=SentenceOut.of(DEBT),
            updated_at=programme.updated_at,
        )


# How the ledger itself works: docs/domain/points.md and earning.md. No setting changes these.
ROUNDING = Words(
    "每条规则按整笔订单计算一次，不足 1 积分的部分舍去。",
    "Each rule counts the whole bill once; parts of a point are dropped.",
)
REFUND = Words(
    "退款时按退款金额占实付的比例收回该订单所得的积分和成长值；全额退款则全部收回。已到期的积分不再追回。",
    "A refund takes back the share of the order's points and growth that the money is of what was paid; a full refund takes"
    " back all. Points that had expired are not asked for again.",
)
DEBT = Words(
    "应收回的积分已被用掉时，差额记为待扣积分，由之后获得的积分先行抵还；余额不会变成负数。",
    "If points to be taken back are spent already, the rest is owed and settled by the next points you earn; the balance"
    " never goes below zero.",
)


def _check_in(programme: Programme) -> CheckInLadderOut:
    points = programme.check_in_points
    streak, monthly = _rungs(programme.streak_bonus), _rungs(programme.monthly_bonus)
    sentences = [Words(f"每天签到得 {points} 积分", f"{counted(points, 'point')} for each daily check-in")]
    sentences += [
        Words(
            f"连续签到满 {rung.days} 天，当天另得 {rung.points} 积分",
            f"{counted(rung.points, 'point')} more on the day you have checked in {counted(rung.days, 'day')} in a row",
        )
        for rung in streak
    ]
    sentences += [
        Words(
            f"当月累计签到满 {rung.days} 天，当天另得 {rung.points} 积分",
            f"{counted(rung.points, 'point')} more on the day a month counts {counted(rung.days, 'check-in')}",
        )
        for rung in monthly
    ]
    return CheckInLadderOut(
        points=points,
        streak=streak,
        monthly=monthly,
        sentences=[SentenceOut.of(words) for words in sentences],
        makeup=_makeup(programme),
    )


def _rungs(bonus: dict[str, int]) -> list[CheckInRungOut]:
    found = [CheckInRungOut(days=int(days), points=points) for days, points in bonus.items()]
    return sorted(found, key=lambda rung: rung.days)


def _makeup(programme: Programme) -> SentenceOut | None:
    if not programme.makeup_per_month:
        return None
    cost, back = programme.makeup_cost_points, programme.makeup_within_days
    return SentenceOut(
        text=f"漏签可在 {back} 天内用 {cost} 积分补签，每月最多 {programme.makeup_per_month} 次",
        text_en=f"A missed day can be made up for within {counted(back, 'day')} for {counted(cost, 'point')},"
        f" at most {programme.makeup_per_month} a month",
    )


def _expiry(programme: Programme) -> ExpiryOut:
    words = lifetime(programme.points_expiry)
    text, text_en = f"积分{words.zh}，先到期的先用", f"Points: {words.en}; those that expire first are spent first"
    if programme.points_expiry != "never" and programme.expiry_notice_days:
        text += f"；到期前 {programme.expiry_notice_days} 天提醒"
        text_en += f"; you are told {counted(programme.expiry_notice_days, 'day')} before"
    return ExpiryOut(
        terms=programme.points_expiry, notice_days=programme.expiry_notice_days, text=text, text_en=text_en
    )


def _worth(programme: Programme) -> WorthOut:
    yuan = amount_of(programme.fen_per_100_points)
    buys = [
        Words("在门店或线上商城付款时抵扣", "Paying part of a bill at a store or online"),
    ]
    if programme.makeup_per_month:
        cost = programme.makeup_cost_points
        buys.append(Words(f"补签一天：{cost} 积分", f"Making up for a missed check-in: {counted(cost, 'point')}"))
    return WorthOut(
        fen_per_100_points=programme.fen_per_100_points,
        text=f"100 积分值 {yuan} 元",
        text_en=f"100 points are worth ¥{yuan}",
        buys=[SentenceOut.of(words) for words in buys],
    )
