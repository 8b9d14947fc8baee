"""Members brought along from elsewhere: a file, looked at first, then worked off in chunks; and its undoing."""

from datetime import date

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    false,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Model
from app.models.types import Amount, Instant, Key, PublicId, Str

IMPORT_STATES = ("checking", "checked", "running", "paused", "done", "stopped", "undoing", "undone")
LINE_STATES = ("waiting", "ready", "faulty", "known", "made", "skipped", "undone", "kept")
_ENDED = "state IN ('done', 'stopped', 'undoing', 'undone')"


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class MemberImport(Model):
    """A file of members and how far it is. `consent_*` say, in the shop's words, what these people agreed to and where."""

    __tablename__ = "member_import"
    __table_args__ = (
        CheckConstraint(_one_of("state", IMPORT_STATES), name="state_known"),
        # Nobody is a member who has not agreed to be: whoever imports says how they did.
        CheckConstraint("length(consent_source) >= 4 AND consent_version <> ''", name="consent_told"),
        CheckConstraint("lines > 0 AND ready_points >= 0 AND ready_growth >= 0", name="numbers_in_range"),
        CheckConstraint(f"({_ENDED}) = (finished_at IS NOT NULL)", name="ended_has_instant"),
        CheckConstraint(
            "(started_at IS NULL) = (started_by_id IS NULL) AND (started_at IS NULL) = (started_on IS NULL)",
            name="start_whole",
        ),
        CheckConstraint(
            "state NOT IN ('running', 'paused', 'done') OR started_at IS NOT NULL", name="begun_by_somebody"
        ),
        # I17: value above a person's own limit is given by two.
        CheckConstraint("NOT needs_second OR started_by_id <> created_by_id", name="second_person"),
        CheckConstraint(
            "(state IN ('undoing', 'undone')) = (undone_by_id IS NOT NULL)"
            " AND (undone_by_id IS NULL) = (undone_at IS NULL) AND (undone_by_id IS NULL) = (undo_reason IS NULL)",
            name="undo_has_author",
        ),
        # What was uploaded is forgotten once the import is over.
        CheckConstraint(f"erased_at IS NULL OR {_ENDED}", name="erased_when_over"),
        # The tick.
        Index(
            "ix_member_import_live",
            "id",
            postgresql_where=text("state IN ('checking', 'running', 'undoing') OR erased_at IS NULL"),
        ),
        # What a person began alone on a day.
        Index("ix_member_import_started_by_id_started_on", "started_by_id", "started_on"),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    file_name: Mapped[Str]
    encoding: Mapped[Str]
    # Columns that were understood, and headings that were passed over.
    columns: Mapped[list[str]] = mapped_column(JSONB)
    ignored: Mapped[list[str]] = mapped_column(JSONB)
    consent_source: Mapped[Str]
    consent_version: Mapped[Str]
    state: Mapped[Str] = mapped_column(default="checking")
    lines: Mapped[int]
    # Points and growth that its good lines bring.
    ready_points: Mapped[Amount] = mapped_column(default=0, server_default="0")
    ready_growth: Mapped[Amount] = mapped_column(default=0, server_default="0")
    needs_second: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    created_by_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("staff.id"))
    created_at: Mapped[Instant]
    started_by_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff.id"))
    started_at: Mapped[Instant | None]
    started_on: Mapped[date | None]
    finished_at: Mapped[Instant | None]
    undone_by_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff.id"))
    undone_at: Mapped[Instant | None]
    undo_reason: Mapped[Str | None]
    erased_at: Mapped[Instant | None]


class MemberImportLine(Model):
    """One line: sealed until it has had its turn, then only what became of it. A line makes one member, once."""

    __tablename__ = "member_import_line"
    __table_args__ = (
        # The same line cannot come twice, whoever works it off and however often.
        PrimaryKeyConstraint("import_id", "line"),
        CheckConstraint(_one_of("state", LINE_STATES), name="state_known"),
        CheckConstraint("line > 0 AND points >= 0 AND growth >= 0", name="numbers_in_range"),
        CheckConstraint("(state IN ('made', 'undone', 'kept')) = (member_id IS NOT NULL)", name="made_names_member"),
        # Once a line has had its turn, or will have none, what was written on it is nobody's business.
        CheckConstraint(
            "state IN ('waiting', 'ready') OR (cipher IS NULL AND phone_index IS NULL)",
            name="seen_is_forgotten",
        ),
        CheckConstraint("(state IN ('known', 'skipped', 'kept')) = (reason IS NOT NULL)", name="reason_told"),
        CheckConstraint("(state = 'faulty') = (faults <> '[]'::jsonb)", name="faulty_says_why"),
        # Of two lines with one phone the first counts.
        Index(
            "uq_member_import_line_phone",
            "import_id",
            "phone_index",
            unique=True,
            postgresql_where=text("phone_index IS NOT NULL"),
        ),
        Index("uq_member_import_line_member", "member_id", unique=True, postgresql_where=text("member_id IS NOT NULL")),
        # The next lines with work to do, and lines by what became of them.
        Index("ix_member_import_line_state", "import_id", "state", "line"),
        # What is still to be forgotten.
        Index(
            "ix_member_import_line_sealed",
            "import_id",
            "line",
            postgresql_where=text("cipher IS NOT NULL OR phone_index IS NOT NULL"),
        ),
    )

    import_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("member_import.id"))
    line: Mapped[int]
    state: Mapped[Str] = mapped_column(default="waiting")
    cipher: Mapped[bytes | None] = mapped_column(LargeBinary)
    phone_index: Mapped[bytes | None] = mapped_column(LargeBinary)
    points: Mapped[Amount] = mapped_column(default=0, server_default="0")
    growth: Mapped[Amount] = mapped_column(default=0, server_default="0")
    # [{"column": "phone", "code": "phone_invalid"}]
    faults: Mapped[list[dict[str, str]]] = mapped_column(JSONB, default=list, server_default="[]")
    # Why it made nobody, or why what it made stayed.
    reason: Mapped[Str | None]
    member_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("member.id"))
