"""The dates of festivals, 2024 to 2032: facts, not computed.

Lunar festivals and Qingming by the Chinese calendar as GB/T 33661-2017 defines it; each date was compared with the packages
lunardate 0.3.0 and cnlunar 0.2.5, which agree. 除夕 and make-up working days are no dates of ours: a campaign says how many days
before."""

from collections.abc import Mapping
from datetime import date
from typing import Final

FIRST_YEAR: Final = 2024
LAST_YEAR: Final = 2032

# (month, day) of each year.
_LUNAR: Final[Mapping[str, tuple[tuple[int, int], ...]]] = {
    # 春节, the first day of the first month.
    "spring_festival": ((2, 10), (1, 29), (2, 17), (2, 6), (1, 26), (2, 13), (2, 3), (1, 23), (2, 11)),
    # 元宵, the 15th of the first month.
    "lantern": ((2, 24), (2, 12), (3, 3), (2, 20), (2, 9), (2, 27), (2, 17), (2, 6), (2, 25)),
    # 清明, a solar term.
    "qingming": ((4, 4), (4, 4), (4, 5), (4, 5), (4, 4), (4, 4), (4, 5), (4, 5), (4, 4)),
    # 端午, the fifth of the fifth month.
    "dragon_boat": ((6, 10), (5, 31), (6, 19), (6, 9), (5, 28), (6, 16), (6, 5), (6, 24), (6, 12)),
    # 七夕, the seventh of the seventh month.
    "qixi": ((8, 10), (8, 29), (8, 19), (8, 8), (8, 26), (8, 16), (8, 5), (8, 24), (8, 12)),
    # 中秋, the 15th of the eighth month.
    "mid_autumn": ((9, 17), (10, 6), (9, 25), (9, 15), (10, 3), (9, 22), (9, 12), (10, 1), (9, 19)),
    # 重阳, the ninth of the ninth month.
    "double_ninth": ((10, 11), (10, 29), (10, 18), (10, 8), (10, 26), (10, 16), (10, 5), (10, 24), (10, 12)),
}
_FIXED: Final[Mapping[str, tuple[int, int]]] = {
    "new_year": (1, 1),
    "valentines_day": (2, 14),
    "womens_day": (3, 8),
    "labour_day": (5, 1),
    "childrens_day": (6, 1),
    "mid_year_sale": (6, 18),
    "national_day": (10, 1),
    "double_eleven": (11, 11),
    "double_twelve": (12, 12),
    "christmas": (12, 25),
}
CODES: Final = (*_LUNAR, *_FIXED)


def dates_of(code: str) -> list[date]:
    """All known dates of a festival, in order. Raises KeyError."""
    month_days = (_FIXED[code],) * (LAST_YEAR - FIRST_YEAR + 1) if code in _FIXED else _LUNAR[code]
    return [date(FIRST_YEAR + n, month, day) for n, (month, day) in enumerate(month_days)]
