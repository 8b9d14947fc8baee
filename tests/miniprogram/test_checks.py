"""The client's own checks: types against the API as it is, and every page and component in every state."""

from pathlib import Path

import pytest

from tests.miniprogram import npm


@pytest.mark.timeout(1200)
def test_types_hold_against_the_api(api_types: Path) -> None:
    assert "/api/mini/v1/home" in api_types.read_text(encoding="utf-8")
    npm.run([npm.tool("tsc"), "--noEmit", "-p", "jsconfig.json"])


@pytest.mark.timeout(1200)
def test_pages_and_components(node: None) -> None:
    npm.run([npm.tool("jest"), "--ci", "--runInBand"], seconds=900)
