"""The expiry grammar as a table: what each text means, and what is no text of ours."""

from datetime import date

import pytest

from app.errors import ExpiryTermsInvalid
from app.rules import expiry_terms

EARNED = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("terms", "earned", "last"),
    [
        ("12M", EARNED, date(2027, 11, 20)),
        ("1M", date(2027, 1, 31), date(2027, 2, 28)),
        ("1M", date(2028, 1, 31), date(2028, 2, 29)),
        ("12M", date(2028, 2, 29), date(2029, 2, 28)),
        ("120M", date(2026, 12, 31), date(2036, 12, 31)),
        ("90D", EARNED, date(2027, 2, 18)),
        ("2Y", date(2028, 2, 29), date(2030, 2, 28)),
        ("4Y", date(2028, 2, 29), date(2032, 2, 29)),
        # Up to the end of the period the date falls in.
        ("12M@month", EARNED, date(2027, 11, 30)),
        ("3M@month", EARNED, date(2027, 2, 28)),
        ("12M@month", date(2027, 2, 28), date(2028, 2, 29)),
        ("12M@quarter", EARNED, date(2027, 12, 31)),
        ("1M@quarter", EARNED, date(2026, 12, 31)),
        ("2M@quarter", EARNED, date(2027, 3, 31)),
        ("12M@year", EARNED, date(2027, 12, 31)),
        ("10D@year", date(2026, 12, 31), date(2027, 12, 31)),
        ("1Y@year", date(2026, 12, 31), date(2027, 12, 31)),
        ("2027-12-31", EARNED, date(2027, 12, 31)),
        # Gone by already: the day of earning is left.
        ("2026-01-01", EARNED, EARNED),
        ("100Y", EARNED, date(2126, 11, 20)),
    ],
)
def test_the_last_valid_date(terms: str, earned: date, last: date) -> None:
    assert expiry_terms.last_valid_date(expiry_terms.parse(terms), earned) == last


def test_for_ever() -> None:
    assert expiry_terms.last_valid_date(expiry_terms.parse("never"), EARNED) is None


NO_TERMS = (
    *(
        "",
        "12",
        "M",
        "0M",
        "012M",
        "-1M",
        "12m",
        " 12M",
        "12M ",
        "12M\n",
        "12M@",
        "12M@week",
        "12M@Month",
        "1.5M",
        "12W",
    ),
    *("１２M", "36501D", "1201M", "101Y", "99999D", "12M@month@year", "never@month", "Never", "2027-12-31@month"),
    *("2027-02-29", "2027-13-01", "2027-1-1", "20271231", "1999-12-31", "2200-01-01", "9999-12-31"),
)


@pytest.mark.parametrize("text", NO_TERMS)
def test_what_is_no_terms(text: str) -> None:
    with pytest.raises(ExpiryTermsInvalid) as refused:
        expiry_terms.parse(text)
    assert refused.value.data == {"terms": text}


def test_new_terms_may_not_name_a_day_gone_by() -> None:
    assert expiry_terms.parse_new("2026-11-20", today=EARNED).fixed == EARNED
    with pytest.raises(ExpiryTermsInvalid):
        expiry_terms.parse_new("2026-11-19", today=EARNED)
