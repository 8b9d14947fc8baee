"""The one row of settings, for whoever asks for it together with something else."""

from typing import Final

from sqlalchemy import text

from app.models import Programme
from app.models.types import columns_of

PROGRAMME: Final = text(f"SELECT {columns_of(Programme, 'p', prefix='')} FROM programme p WHERE p.id = 1")  # noqa: S608 columns of ours
