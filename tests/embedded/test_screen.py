"""The last line a newcomer reads before opening the phone frame: whether this machine can build it."""

from pathlib import Path

import pytest

from embedded import screen


@pytest.mark.parametrize(("built", "said"), [(False, True), (True, False)])
def test_without_npm_the_screen_says_so_unless_the_phone_is_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, built: bool, said: bool
) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setattr(screen, "ROOT", tmp_path)
    folder = tmp_path / "miniprogram" / "simulator" / "dist" / "one" / "stamp"
    folder.mkdir(parents=True)
    if built:
        (folder / "index.html").touch()
    hint = screen._without_npm()
    assert ("需要 npm" in hint and "needs npm" in hint) is said


def test_with_npm_it_says_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "npm").touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(screen, "ROOT", tmp_path)
    assert screen._without_npm() == ""


def test_every_door_for_people_is_on_the_screen() -> None:
    event = {"web_url": "http://w", "sandbox_url": "http://s", "phone_url": "http://p", "logs": "/var/logs"}
    shown = [value for column in screen._addresses(event).columns for value in column.cells]
    assert {"http://w/counter", "http://w/console", "http://w/docs"} <= set(shown)
