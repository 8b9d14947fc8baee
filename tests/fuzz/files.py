"""Files of members, uploaded and in every state that a person may do something about."""

import base64
import itertools
from datetime import datetime
from typing import Any

from app.services import member_imports
from tests.factories.imports import boss, make_import, sheet, work

# One of a state until the shop is stocked again.
OF_EACH = 1


def stock(numbers: "itertools.count[int]", *, now: datetime) -> dict[str, list[Any]]:
    """What the fields of imports may say: checked ones, some at work, at rest and done, and words for a new one."""

    def line() -> str:
        return f"+86135{next(numbers):08d},小雨,03-05,,,老客户,,"

    checked = [work(make_import(line(), now=now), now=now) for _ in range(5 * OF_EACH)]
    for row in checked[OF_EACH:]:
        member_imports.start(row.public_id, skip_faulty=True, actor=boss(), now=now)
    for row in checked[2 * OF_EACH : 3 * OF_EACH]:
        member_imports.pause(row.public_id, actor=boss(), now=now)
    for row in checked[3 * OF_EACH :]:
        work(row, now=now)
    return {
        "member_import_id": [str(row.public_id) for row in checked],
        "content": [base64.b64encode(sheet(line())).decode()],
        "consent_source": ["纸质入会表，存于总店"],
        "consent_version": ["paper-2024"],
        "file_name": ["会员.csv"],
    }
