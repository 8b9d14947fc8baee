"""The phone frame's server: who may ask it what, how it builds, what it says without npm."""

import json
import os
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask, Response, request
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from sandbox import RunningSandbox
from sandbox.phone.application import create_phone
from sandbox.phone.builder import Builder, BuildFailed
from sandbox.server import RunningSandbox as Running
from tests.sandbox.driver import BIRTHDAY, KEY, Driver

ROOT = Path(__file__).parents[2]
OURS = {"X-Phone-Frame": "1"}


class Silent:
    """A push queue that is none: the stand-in of a web server is no sandbox."""

    def stop(self) -> None:
        return None


@pytest.fixture
def web() -> Iterator[str]:
    """A web server that tells what it was asked."""
    app = Flask("web")
    app.extensions["sandbox"] = type("World", (), {"push": Silent()})()

    @app.route("/api/<path:path>", methods=["GET", "POST", "PATCH"])
    def told(path: str) -> Response:
        asked = {"method": request.method, "path": request.full_path, "body": request.get_data(as_text=True)}
        headers = {name: request.headers.get(name, "") for name in ("Authorization", "Cookie", "Idempotency-Key")}
        content = json.dumps({**asked, **headers})
        return Response(content, 418, {"Set-Cookie": "a=b", "X-Request-Id": "r1"}, content_type="application/json")

    running = Running(app)
    yield running.url
    running.stop()


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """npm and node that write down how they were called; node makes what the real build makes, unless told to fail."""
    folder = tmp_path / "tools"
    folder.mkdir()
    scripts = {
        "npm": 'echo npm "$@" >> "$CALLS"; mkdir -p node_modules',
        "node": 'echo node >> "$CALLS"; [ -f broken ] && echo "pages/home/index.wxml: no end" >&2 && exit 1; '
        'mkdir -p "$5"; echo frame > "$5/index.html"; echo code > "$5/app.js"',
    }
    for name, script in scripts.items():
        (folder / name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        (folder / name).chmod(stat.S_IRWXU)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.setenv("CALLS", str(folder / "calls"))
    return folder


@pytest.fixture
def builder(tmp_path: Path) -> Builder:
    source, simulator = tmp_path / "miniprogram", tmp_path / "miniprogram" / "simulator"
    simulator.mkdir(parents=True)
    (source / "app.json").write_text("{}", encoding="utf-8")
    (simulator / "package-lock.json").write_text("{}", encoding="utf-8")
    return Builder(source, simulator=simulator)


@pytest.fixture
def phone(builder: Builder, box: RunningSandbox, wx: Driver, web: str) -> FlaskClient:
    return create_phone(builder, web=web, sandbox=box.url, control_key=KEY).test_client()


def calls(tools: Path) -> list[str]:
    return (tools / "calls").read_text(encoding="utf-8").splitlines()


def test_only_the_frames_own_page_may_use_the_bridge(phone: FlaskClient) -> None:
    assert phone.get("/bridge/users").status_code == 403
    assert phone.post("/bridge/login-code", json={"name": "mei"}).status_code == 403
    assert phone.get("/bridge/users", headers={**OURS, "Host": "shop.example"}).status_code == 421
    assert phone.get("/bridge/users", headers=OURS).status_code == 200


@pytest.mark.parametrize("call", ["clock", "faults", "reset", "grants", "settings"])
def test_a_phone_pulls_no_other_strings(phone: FlaskClient, call: str) -> None:
    assert phone.post(f"/bridge/{call}", json={}, headers=OURS).status_code == 400
    assert phone.get(f"/bridge/{call}", headers=OURS).status_code == 400


def test_a_phone_sends_no_fields_but_its_own(phone: FlaskClient) -> None:
    assert phone.post("/bridge/users", json={"count": 9, "prefix": "x"}, headers=OURS).status_code == 400
    assert phone.get("/bridge/outbox?template_id=1", headers=OURS).status_code == 400


def test_a_person_signs_in_allows_and_reads(phone: FlaskClient, wx: Driver) -> None:
    made = phone.post("/bridge/users", json={"name": "mei", "phone": "13800138000"}, headers=OURS)
    openid = made.json["openid"]
    assert phone.post("/bridge/login-code", json={"name": "mei"}, headers=OURS).json["openid"] == openid
    assert phone.post("/bridge/phone-code", json={"name": "mei"}, headers=OURS).json["code"]
    body = {"name": "mei", "templates": {BIRTHDAY: "accept"}}
    assert phone.post("/bridge/subscribe", json=body, headers=OURS).json["result"] == {BIRTHDAY: "accept"}
    box = phone.get(f"/bridge/outbox?openid={openid}&cursor=0&limit=5", headers=OURS)
    assert box.json["data"] == [] and KEY not in box.text


def test_requests_reach_the_web_server_without_the_cookies_of_other_ports(phone: FlaskClient) -> None:
    phone.set_cookie("session", "the counter's")
    headers = {"Authorization": "Bearer t", "Idempotency-Key": "k"}
    answer = phone.post("/api/mini/v1/check-ins?a=1&b=", json={"x": "汉"}, headers=headers)
    assert answer.status_code == 418 and answer.headers["X-Request-Id"] == "r1"
    assert "Set-Cookie" not in answer.headers
    assert answer.json["path"] == "/api/mini/v1/check-ins?a=1&b=" and json.loads(answer.json["body"]) == {"x": "汉"}
    assert (answer.json["Authorization"], answer.json["Idempotency-Key"]) == ("Bearer t", "k")
    assert answer.json["Cookie"] == ""


def test_a_web_server_that_is_down_is_told_apart_from_an_answer(builder: Builder) -> None:
    phone = create_phone(builder, web="http://127.0.0.1:1", sandbox="http://127.0.0.1:1", control_key=KEY).test_client()
    answer = phone.get("/api/mini/v1/me")
    assert (answer.status_code, answer.headers["X-Phone-Frame"]) == (502, "unreachable")
    assert phone.get("/bridge/users", headers=OURS).status_code == 502


def test_without_npm_the_page_says_so_in_both_languages(phone: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    page = opened(phone)
    assert page.status_code == 503
    assert "需要 npm" in page.text and "needs npm" in page.text
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]


def opened(phone: FlaskClient, path: str = "/") -> TestResponse:
    """The page once it is no longer building."""
    for _ in range(200):
        page = phone.get(path, buffered=True)
        if "Building" not in page.text:
            return page
        path = "/"
        time.sleep(0.05)
    raise AssertionError(page.text)


def test_it_builds_once_for_each_state_of_the_sources(phone: FlaskClient, builder: Builder, tools: Path) -> None:
    assert opened(phone).text == "frame\n"
    assert phone.get("/app.js", buffered=True).text == "code\n"
    assert phone.get("/../package-lock.json").status_code == 404
    assert opened(phone).text == "frame\n"
    assert calls(tools) == ["npm ci --no-audit --no-fund", "node"]
    (builder.source / "app.wxss").write_text("page {}", encoding="utf-8")
    assert opened(phone).text == "frame\n"
    assert calls(tools) == ["npm ci --no-audit --no-fund", "node", "node"]
    assert len(list(builder.dist.iterdir())) == 1


def test_once_built_it_needs_no_npm(builder: Builder, tools: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = builder.build()
    monkeypatch.setenv("PATH", "/nonexistent")
    assert builder.build() == done


def test_a_mistake_in_the_sources_is_shown_and_not_tried_over_and_over(
    phone: FlaskClient, builder: Builder, tools: Path
) -> None:
    (builder.simulator / "broken").touch()
    page = opened(phone)
    assert page.status_code == 503 and "pages/home/index.wxml: no end" in page.text
    opened(phone)
    assert calls(tools).count("node") == 1
    opened(phone, "/?again")
    assert calls(tools).count("node") == 2
    (builder.simulator / "broken").unlink()
    assert opened(phone).text == "frame\n"


def test_a_folder_without_a_mini_program_is_told(tmp_path: Path, tools: Path) -> None:
    with pytest.raises(BuildFailed, match=r"app\.json"):
        Builder(tmp_path, simulator=tmp_path).build()


@pytest.mark.parametrize(
    ("env", "arguments", "said"),
    [({"APP_ENV": "production"}, [], "production"), ({}, ["--host", "0.0.0.0"], "loopback")],  # noqa: S104  refused
)
def test_it_is_for_development_alone(env: dict[str, str], arguments: list[str], said: str) -> None:
    command = [sys.executable, "-m", "sandbox.phone", "--port", "0", *arguments]
    environment = {**os.environ, "SANDBOX_CONTROL_KEY": KEY, **env}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2 and said in done.stderr


def test_its_packages_are_pinned_permissive_and_named_without_a_registry() -> None:
    folder = ROOT / "miniprogram" / "simulator"
    wanted = json.loads((folder / "package.json").read_text(encoding="utf-8"))["devDependencies"]
    assert all(version[0].isdigit() for version in wanted.values())
    locked = json.loads((folder / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    del locked[""]
    licences = {name: one.get("license") for name, one in locked.items()}
    # It says MIT in the form of 2014, which npm does not write down.
    assert licences.pop("node_modules/string.fromcodepoint") is None
    assert set(licences.values()) <= {"MIT", "ISC", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause"}
    assert not any("resolved" in one for one in locked.values())
