"""Members from a file: the template, an upload that is only looked at, its faults, then the work, and its undoing."""

from uuid import UUID

from apiflask import APIBlueprint
from flask import Response

from app.paging import MAX_LIMIT, walk
from app.services import member_imports
from app.transaction import transaction
from app.wiring import parts
from blueprints import csv_out
from blueprints.idempotency import idempotent
from blueprints.identity import actor, allow, now
from blueprints.large_bodies import up_to
from blueprints.paging import decode, page_of
from blueprints.schemas import member_imports as tables
from blueprints.schemas.base import PageQuery
from blueprints.schemas.member_imports import (
    ImportLineOut,
    ImportLinePage,
    ImportLineQuery,
    ImportStartIn,
    ImportUndoIn,
    MemberImportIn,
    MemberImportOut,
    MemberImportPage,
)

bp = APIBlueprint("member_imports", __name__, tag="member imports")

# Lines somebody has something to do about.
TOLD = ("faulty", "known", "skipped", "kept")


@bp.get("/member-imports/template.csv")
@bp.doc(responses=csv_out.DESCRIPTION)
@allow("manager", "admin")
def template() -> Response:
    """A file to fill in: the columns that are understood, and a line that shows how. Only the phone is needed."""
    return csv_out.answer("members-template.csv", header=tables.TEMPLATE_HEADER, rows=[tables.TEMPLATE_ROW])


@bp.get("/member-imports")
@bp.input(PageQuery, location="query")
@bp.output(MemberImportPage)
@allow("manager", "auditor", "admin")
def list_imports(query_data: PageQuery) -> MemberImportPage:
    """Imports of members, newest first."""
    page = member_imports.list_imports(after=decode(query_data.cursor, int), limit=query_data.limit)
    return page_of(MemberImportPage, page, MemberImportOut.of)


@bp.post("/member-imports")
@up_to(tables.MAX_BODY_BYTES)
@bp.input(MemberImportIn)
@bp.output(MemberImportOut, status_code=201)
@allow("manager", "admin")
@idempotent
def upload(json_data: MemberImportIn) -> MemberImportOut:
    """Upload a CSV file of up to 100,000 members (8 MiB; UTF-8 or GB18030). It is checked line by line in the background;
    nobody is made before it is started."""
    row = member_imports.upload(
        json_data.file(),
        file_name=json_data.file_name,
        consent_source=json_data.consent_source,
        consent_version=json_data.consent_version,
        vault=parts().vault,
        actor=actor(),
        now=now(),
    )
    return MemberImportOut.of(member_imports.tell(row))


@bp.get("/member-imports/<uuid:member_import_id>")
@bp.output(MemberImportOut)
@allow("manager", "auditor", "admin")
def get(member_import_id: UUID) -> MemberImportOut:
    """One import of members, and how far it is."""
    return _told(member_import_id)


@bp.get("/member-imports/<uuid:member_import_id>/lines")
@bp.input(ImportLineQuery, location="query")
@bp.output(ImportLinePage)
@allow("manager", "auditor", "admin")
def lines(member_import_id: UUID, query_data: ImportLineQuery) -> ImportLinePage:
    """Lines by what became of them, in the file's order; those that cannot be taken unless told otherwise."""
    row = member_imports.get(member_import_id)
    page = member_imports.list_lines(
        row, states=[query_data.state], after=decode(query_data.cursor, int), limit=query_data.limit
    )
    return page_of(ImportLinePage, page, ImportLineOut.of)


@bp.get("/member-imports/<uuid:member_import_id>/lines.csv")
@bp.doc(responses=csv_out.DESCRIPTION)
@allow("manager", "auditor", "admin")
def lines_csv(member_import_id: UUID) -> Response:
    """Every line that made nobody, or whose member stayed, as a table: line, column, code and what to do. No personal data."""
    row = member_imports.get(member_import_id)
    found = walk(lambda after: member_imports.list_lines(row, states=TOLD, after=after, limit=MAX_LIMIT))
    return csv_out.answer(
        f"member-import-{row.public_id}.csv", header=tables.fault_header(), rows=tables.fault_rows(found)
    )


@bp.post("/member-imports/<uuid:member_import_id>/start")
@bp.input(ImportStartIn)
@bp.output(MemberImportOut)
@allow("manager", "admin")
@idempotent
def start(member_import_id: UUID, json_data: ImportStartIn) -> MemberImportOut:
    """Start a checked import: its good lines become members, with points and tier, in the background. Points and growth above
    my limit of the day need another person than uploaded it."""
    row = member_imports.start(member_import_id, skip_faulty=json_data.skip_faulty, actor=actor(), now=now())
    return MemberImportOut.of(member_imports.tell(row))


@bp.post("/member-imports/<uuid:member_import_id>/pause")
@bp.output(MemberImportOut)
@allow("manager", "admin")
def pause(member_import_id: UUID) -> MemberImportOut:
    """Pause an import: it rests after the chunk under way."""
    with transaction():
        member_imports.pause(member_import_id, actor=actor(), now=now())
    return _told(member_import_id)


@bp.post("/member-imports/<uuid:member_import_id>/resume")
@bp.output(MemberImportOut)
@allow("manager", "admin")
def resume(member_import_id: UUID) -> MemberImportOut:
    """Resume an import: exactly the rest is made."""
    with transaction():
        member_imports.resume(member_import_id, actor=actor(), now=now())
    return _told(member_import_id)


@bp.post("/member-imports/<uuid:member_import_id>/stop")
@bp.output(MemberImportOut)
@allow("manager", "admin")
def stop(member_import_id: UUID) -> MemberImportOut:
    """Stop an import for good, begun or not; whom it has made stays, what was uploaded is erased."""
    with transaction():
        member_imports.stop(member_import_id, actor=actor(), now=now())
    return _told(member_import_id)


@bp.post("/member-imports/<uuid:member_import_id>/undo")
@bp.input(ImportUndoIn)
@bp.output(MemberImportOut)
@allow("admin")
@idempotent
def undo(member_import_id: UUID, json_data: ImportUndoIn) -> MemberImportOut:
    """Undo an import: members nobody has touched since are erased and their points booked back, in the background; the others
    stay, and the lines tell why."""
    row = member_imports.undo(member_import_id, reason=json_data.reason, actor=actor(), now=now())
    return MemberImportOut.of(member_imports.tell(row))


def _told(public_id: UUID) -> MemberImportOut:
    return MemberImportOut.of(member_imports.tell(member_imports.get(public_id)))
