"""Node.js and the packages: there, installed, or the reason why these tests are skipped."""

import json
import os
from pathlib import Path

import pytest
from apiflask import APIFlask

from tests.miniprogram import npm


@pytest.fixture(scope="session")
def node() -> None:
    """Skips on a machine without npm; continuous integration has no such excuse."""
    try:
        npm.ready()
    except npm.NpmMissing as error:
        if os.environ.get("CI"):
            pytest.fail(str(error))
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def api_types(node: None, shared_app: APIFlask, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """types/api.d.ts as the API is now, made by the client's own script."""
    description = tmp_path_factory.mktemp("api") / "openapi.json"
    with shared_app.app_context():
        description.write_text(json.dumps(shared_app.spec), encoding="utf-8")
    npm.run(["npm", "run", "--silent", "api-types", "--", str(description)])
    return npm.CLIENT / "types" / "api.d.ts"
