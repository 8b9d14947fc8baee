"""The programme itself. `create_app` is the only place where its parts meet and the only importer of blueprints."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from apiflask import APIFlask

    from config import Config


def create_app(config: "Config") -> "APIFlask":
    """Build the WSGI application. Reads nothing but `config`; opens no connection."""
    # Imported here so that `import app.errors` in a tool does not pull in the whole house.
    from apiflask import APIFlask
    from werkzeug.middleware.proxy_fix import ProxyFix

    import blueprints
    from app import commands, logs, models, wiring  # noqa: F401
    from app.extensions import babel, db, migrate
    from blueprints import languages

    logs.configure(config.log_level)
    app = APIFlask(
        "huitou",
        title="Huitou 回头",
        version="1",
        root_path=str(wiring.PROJECT_ROOT),
        # Served by blueprints/docs.py: APIFlask's own pages load from a CDN.
        spec_path=None,
        docs_path=None,
        # Nothing of the project folder may be fetched as a file.
        static_folder=None,  # type: ignore[arg-type]
        # Only where Bootstrap-Flask hangs its own files.
        static_url_path="/static",
    )
    app.config.update(wiring.flask_settings(config))
    db.init_app(app)
    migrate.init_app(app, db, directory=str(wiring.PROJECT_ROOT / "migrations"))
    babel.init_app(app, locale_selector=languages.select_locale)
    wiring.connect(app, config)
    if config.trusted_proxy_count:
        hops = config.trusted_proxy_count
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    blueprints.register(app)
    commands.register(app)
    return app
