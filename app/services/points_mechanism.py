"""How points work, told from what is in force this moment: nothing here is written by hand, so nothing can be out of date."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.extensions import db
from app.models import Programme, Store
from app.models.earning import EVENTS
from app.rules.earning import Rule
from app.rules.earning_terms import Terms
from app.rules.earning_words import Names, Words, sentence
from app.services import earning_rules, programmes, tiers


@dataclass(frozen=True)
class RuleInWords:
    """An earning rule in force and what it says."""

    rule: Rule
    words: Words


@dataclass(frozen=True)
class Mechanism:
    """The rules in force in the order of what happens, and the programme's settings."""

    rules: Sequence[RuleInWords]
    programme: Programme


def in_force(*, now: datetime) -> Mechanism:
    """What earns, and by which settings, at `now`."""
    found = [rule for event in EVENTS for rule in earning_rules.in_force(event, at=now)]
    names = names_of(rule.terms for rule in found)
    spoken = [
        RuleInWords(rule, sentence(rule.terms, event=rule.event, ledger=rule.ledger, names=names)) for rule in found
    ]
    return Mechanism(rules=spoken, programme=programmes.get())


def names_of(terms: Iterable[Terms]) -> Names:
    """What the stores and tiers that these rules name are called."""
    codes = {code for one in terms for code in one.stores}
    stores = db.session.execute(select(Store.code, Store.name).where(Store.code.in_(codes))) if codes else ()
    return Names(
        stores={code: Words(name, name) for code, name in stores},
        tiers={tier.code: Words(tier.name, tier.name_en) for tier in tiers.ladder()},
    )
