"""Figures over all processes, under names that stay few, for this machine or a holder of the token alone."""

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.conftest import CommittedDatabase, make_app
from tests.web_server import serving

COUNTED = re.compile(r'huitou_requests_total\{endpoint="health.live",method="GET",status="200"\} (\d+)\.0')


def test_this_machine_may_read(client: FlaskClient) -> None:
    client.get("/api/mini/v1/me")
    text = client.get("/metrics").text
    assert 'endpoint="mini.me.show",method="GET",status="401"' in text


@pytest.mark.parametrize(
    ("address", "headers"),
    [
        ("10.0.0.7", {}),
        ("", {}),
        ("unix:", {}),
        # A proxy on this machine speaks for somebody else.
        ("127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}),
        ("127.0.0.1", {"Forwarded": "for=127.0.0.1"}),
        ("127.0.0.1", {"X-Real-IP": "127.0.0.1"}),
        ("127.0.0.1", {"Via": "1.1 shop"}),
    ],
)
def test_others_may_not(client: FlaskClient, address: str, headers: dict[str, str]) -> None:
    answer = client.get("/metrics", headers=headers, environ_base={"REMOTE_ADDR": address})
    assert answer.status_code == 403


def test_a_token_replaces_the_address() -> None:
    client = make_app(database_url="postgresql://nobody@127.0.0.1:9/none", METRICS_TOKEN="let-me-read").test_client()
    far = {"REMOTE_ADDR": "10.0.0.7"}
    for wrong in (
        {},
        {"Authorization": "Bearer let-me"},
        {"Authorization": "Bearer é"},
        {"Authorization": "let-me-readx"},
    ):
        assert client.get("/metrics", headers=wrong, environ_base=far).status_code == 403
    assert client.get("/metrics", headers=wrong).status_code == 403
    right = {"Authorization": "Bearer let-me-read"}
    assert client.get("/metrics", headers=right, environ_base=far).status_code == 200


def test_names_stay_few(client: FlaskClient) -> None:
    for number in range(5):
        client.open(f"/nowhere/{number}?phone=13800138000", method=f"BREW{number}")
        client.get(f"/api/mini/v1/coupons/00000000-0000-0000-0000-{number:012d}")
    text = client.get("/metrics").text
    assert "BREW" not in text
    assert "nowhere" not in text
    assert "13800138000" not in "".join(re.findall(r"\{.*?\}", text))
    assert 'endpoint="unknown",method="other",status="404"' in text


def test_all_workers_are_counted(committed_db: CommittedDatabase, tmp_path: Path) -> None:
    figures = tmp_path / "figures"
    figures.mkdir()
    environment = {**committed_db.environment, "PROMETHEUS_MULTIPROC_DIR": str(figures)}
    with serving(environment, folder=tmp_path, workers=2) as server:
        asked = 0
        # New connections go to either worker, as the kernel likes; each counts into its own file.
        while len(list(figures.glob("counter_*.db"))) < 2:
            assert asked < 2_000, "one worker took every connection"
            assert server.answers("/health/live")
            asked += 1
        for _ in range(6):
            found = COUNTED.search(_read(server.url + "/metrics"))
            assert found
            assert int(found[1]) >= asked


def _read(url: str) -> str:
    from urllib.request import urlopen

    with urlopen(url, timeout=10) as answer:  # noqa: S310
        text: str = answer.read().decode()
        return text
