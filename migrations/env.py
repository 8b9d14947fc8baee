"""Alembic's entry: the application's metadata, the owner's login; one transaction per migration."""

from alembic import context
from flask import current_app

from app import wiring

db = current_app.extensions["migrate"].db


def run_online() -> None:
    """Run against the configured database, with limits so that a migration never blocks the shop for long."""
    with wiring.owner_engine().connect() as connection:
        connection.exec_driver_sql("SET lock_timeout = '4s'")
        connection.exec_driver_sql("SET statement_timeout = '60s'")
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            compare_type=True,
            compare_server_default=True,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()


def run_offline() -> None:
    """Print the SQL instead of running it."""
    url = wiring.sqlalchemy_url(wiring.parts().config.owner_url)
    context.configure(url=url, target_metadata=db.metadata, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    run_offline()
else:
    run_online()
