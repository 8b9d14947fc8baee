"""The Flask extensions, created once and bound in create_app."""

from typing import TYPE_CHECKING

from flask_babel import Babel
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

# Every constraint has a predictable name: migrations can drop it and errors can be told apart by it.
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Declarative base of every model."""

    metadata = MetaData(naming_convention=NAMING)


# create_savepoint only matters when a session is bound to a connection with an open transaction, as tests do.
SESSION = {"expire_on_commit": False, "join_transaction_mode": "create_savepoint"}

db = SQLAlchemy(model_class=Base, session_options=SESSION)
migrate = Migrate()
babel = Babel()

if TYPE_CHECKING:
    Model = Base
else:
    Model = db.Model
