"""Imports of members made through the real services, and the tick that works them off."""

from datetime import datetime

from app.actor import Actor
from app.models import MemberImport, MemberImportLine
from app.services import member_import_work, member_imports
from app.wiring import parts
from tests.conftest import NOON
from tests.factories.staff import make_staff

HEADER = "手机号,昵称,生日,等级,积分,标签,门店,入会日期"


def boss() -> Actor:
    """A manager of their own."""
    person = make_staff("manager")
    return Actor(kind="staff", id=person.id, role="manager")


def sheet(*lines: str, header: str = HEADER) -> bytes:
    """A file as a spreadsheet saves it."""
    return "\r\n".join(("\ufeff" + header, *lines, "")).encode()


def make_import(*lines: str, actor: Actor | None = None, now: datetime = NOON, header: str = HEADER) -> MemberImport:
    """Uploaded, not looked at yet."""
    return member_imports.upload(
        sheet(*lines, header=header),
        file_name="会员.csv",
        consent_source="纸质入会表，存于总店",
        consent_version="paper-2024",
        vault=parts().vault,
        actor=actor or boss(),
        now=now,
    )


def work(row: MemberImport, *, now: datetime = NOON, limit: int = 200) -> MemberImport:
    """Chunk after chunk until nothing more follows."""
    while member_import_work.advance(row.id, limit=limit, vault=parts().vault, now=now).has_more:
        pass
    return member_imports.get(row.public_id)


def make_done(*lines: str, now: datetime = NOON) -> MemberImport:
    """Uploaded, checked, begun by another person and worked off."""
    row = work(make_import(*lines, now=now), now=now)
    member_imports.start(row.public_id, skip_faulty=True, actor=boss(), now=now)
    return work(row, now=now)


def counts(row: MemberImport) -> dict[str, int]:
    """Lines by what became of them, none left out."""
    return {state: n for state, n in member_imports.tell(row).counts.items() if n}


def told(row: MemberImport, *states: str) -> list[MemberImportLine]:
    """Its lines in these states."""
    return [one.line for one in member_imports.list_lines(row, states=states, after=None, limit=100).items]
