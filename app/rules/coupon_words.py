"""PLACEHOLDER"""

from datetime import date

from app.rules.coupon_terms import Terms
from app.rules.earning_words import Names


def describe(terms: Terms, *, names: Names, last_day: date | None = None, english: bool = False) -> str:
    return f"{terms.kind} {terms.value_fen} {names} {last_day} {english}"
