"""The WSGI entry point: `granian --interface wsgi wsgi:application`, and the app of every `flask` command."""

from app import create_app
from config import Config

application = create_app(Config.from_env())
app = application
