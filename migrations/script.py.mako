"""${message}.

Say here why. Rules: one change per migration; both directions; constraints named; nothing imported from `app`; no lock held
long on a large table (add NOT VALID, then validate; build indexes concurrently in their own migration).
"""

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    ${downgrades if downgrades else "pass"}
