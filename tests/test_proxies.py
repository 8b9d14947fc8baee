"""A forged X-Forwarded-For must not give an attacker a fresh address for each guess."""

import pytest
from flask import request

from tests.conftest import make_app


@pytest.mark.parametrize(
    ("proxies", "header", "expected"),
    [
        ("0", "203.0.113.9", "127.0.0.1"),
        ("1", "203.0.113.9", "203.0.113.9"),
        # What the client wrote itself stands further left and is not believed.
        ("1", "198.51.100.1, 203.0.113.9", "203.0.113.9"),
    ],
)
def test_only_as_many_proxies_as_configured_are_believed(
    database_url: str, proxies: str, header: str, expected: str
) -> None:
    app = make_app(database_url=database_url, TRUSTED_PROXY_COUNT=proxies)
    seen: list[str | None] = []
    app.before_request_funcs.setdefault(None, []).insert(0, lambda: seen.append(request.remote_addr))
    app.test_client().get("/health/live", headers={"X-Forwarded-For": header})
    assert seen == [expected]
