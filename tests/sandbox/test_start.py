"""Starting: never in production, never beyond this machine; the command line, the state file, the clock file."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from sandbox import PushTarget, SandboxClock, SandboxRefused, Settings, create_sandbox, running
from sandbox.clock import shifted_by
from sandbox.snapshot import Snapshot
from tests.sandbox.driver import BIRTHDAY, KEY, Driver

ROOT = Path(__file__).parents[2]


@contextmanager
def started(*arguments: str, **env: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The sandbox as its own process, with the address it printed."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("WECHAT_", "SANDBOX_"))}
    command = [sys.executable, "-m", "sandbox", "--port", "0", *arguments]
    process = subprocess.Popen(
        command, cwd=ROOT, env={**clean, "SANDBOX_CONTROL_KEY": KEY, **env}, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        found = re.search(r"http://\S+", process.stdout.readline())
        assert found is not None
        yield process, found[0]
    finally:
        process.kill()
        process.communicate(timeout=20)


def control(url: str, path: str, **body: object) -> dict[str, object]:
    response = requests.post(f"{url}/__sandbox{path}", json=body, headers={"X-Sandbox-Key": KEY}, timeout=20)
    found = response.json()
    assert response.ok and isinstance(found, dict), found
    return found


@pytest.mark.parametrize("env", [{"APP_ENV": "production"}, {"FLASK_ENV": "Production"}, {"APP_ENV": " PRODUCTION "}])
def test_it_refuses_production(env: dict[str, str]) -> None:
    with pytest.raises(SandboxRefused, match="production"):
        create_sandbox(Settings.from_env({**env, "SANDBOX_CONTROL_KEY": KEY}))
    command = [sys.executable, "-m", "sandbox", "--port", "0"]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **env}, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2 and "production" in done.stderr and done.stdout == ""


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.com", ""])  # noqa: S104  refused, not bound
def test_it_binds_to_loopback_only(host: str) -> None:
    app = create_sandbox(Settings(control_key=KEY))
    with pytest.raises(SandboxRefused, match="loopback"), running(app, host=host):
        pass


def test_settings_that_cannot_work_are_refused() -> None:
    for settings in (
        Settings(control_key=""),
        Settings(control_key=KEY, oa_appid=Settings(control_key=KEY).appid),
        Settings(control_key=KEY, push=PushTarget(url="http://127.0.0.1:1/")),
        Settings(control_key=KEY, push=PushTarget(url="http://127.0.0.1:1/", token="t", aes_key="short")),
    ):
        with pytest.raises(SandboxRefused):
            create_sandbox(settings)
    with pytest.raises(SandboxRefused, match="SANDBOX_OUTBOX_LIMIT"):
        Settings.from_env({"SANDBOX_OUTBOX_LIMIT": "many"})


def test_a_taken_port_is_told_in_one_line() -> None:
    with running(create_sandbox(Settings(control_key=KEY))) as box:
        command = [sys.executable, "-m", "sandbox", "--port", str(box.port)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2 and "cannot listen" in done.stderr and "Traceback" not in done.stderr


def test_users_and_grants_survive_a_restart_and_message_ids_stay_new(tmp_path: Path) -> None:
    state = str(tmp_path / "deep" / "sandbox.json")
    with started("--state", state) as (process, url):
        openid = control(url, "/users", name="alice", phone="13800138000")["openid"]
        control(url, "/grants", openids=[openid], template_id=BIRTHDAY, count=3)
        control(url, "/clock/advance", seconds=86400)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
    with started(SANDBOX_STATE=state) as (process, url):
        kept = requests.get(f"{url}/__sandbox/users/{openid}", headers={"X-Sandbox-Key": KEY}, timeout=20).json()
        assert kept["phone"] == "13800138000" and kept["grants"] == {BIRTHDAY: {"count": 3, "on": True}}
        clock = requests.get(f"{url}/__sandbox/clock", headers={"X-Sandbox-Key": KEY}, timeout=20).json()
        assert 86_000 < clock["offset_seconds"] < 87_000
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 0
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["sandbox.json"]


def test_a_state_file_that_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    world = create_sandbox(Settings(control_key=KEY)).extensions["sandbox"]
    empty = {"users": [], "templates": [], "grants": {}, "off": [], "clock_offset": 0}
    foreign = json.dumps({"version": 1, "appid": "x", **empty})
    for text in ("{", "[]", '{"version": 9, "appid": "x"}', foreign):
        path = tmp_path / "state.json"
        path.write_text(text)
        with pytest.raises(SandboxRefused, match="state"):
            Snapshot(world, path).load()
        assert path.read_text() == text


def test_a_control_key_is_made_when_there_is_none() -> None:
    with started(SANDBOX_CONTROL_KEY="") as (process, url):
        assert process.stdout is not None
        key = process.stdout.readline().split()[-1]
        assert len(key) == 24
        response = requests.get(f"{url}/__sandbox/users", headers={"X-Sandbox-Key": key}, timeout=20)
        assert response.status_code == 200


def test_the_development_clock_file_moves_the_clock(tmp_path: Path) -> None:
    path = tmp_path / "clock.json"
    clock = SandboxClock(shifted_by(path))
    before = clock.now()
    path.write_text(json.dumps({"offset_seconds": 3600}))
    assert SandboxClock(shifted_by(path)).now() - before >= 3600
    path.write_text("broken")
    assert SandboxClock(shifted_by(path)).now() - before < 3600


def test_the_same_seed_gives_the_same_ids_and_another_boot_other_messages() -> None:
    def ids(**parts: object) -> tuple[str, str, int]:
        settings = Settings(control_key=KEY, **parts)  # type: ignore[arg-type]
        with running(create_sandbox(settings)) as box:
            wx = Driver(box)
            openid = wx.granted()
            found = openid, wx.token, int(wx.send(openid)["msgid"])
            wx.close()
        return found

    first, same, boot, seed = ids(), ids(), ids(boot=7), ids(seed="other")
    assert first == same
    assert boot[0] == first[0] and boot[1] != first[1] and boot[2] != first[2]
    assert seed[0] != first[0]
