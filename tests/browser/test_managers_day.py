"""A manager's day: decide a correction and a campaign, serve a member who telephones, see it all in the audit."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.visitor import DESKTOP, PHONE, Visitor, visiting
from tests.browser.world import World
from tests.browser.world_members import ABOVE_EVERYBODYS_LIMIT

LOOKS = (("zh", DESKTOP), ("en", PHONE))
WORDS: dict[str, dict[str, str]] = {
    "approve_correction": {"zh": "批准并入账", "en": "Approve and book"},
    "booked": {"zh": "已批准并入账。", "en": "Approved and booked."},
    "confirm": {"zh": "确认", "en": "Confirm"},
    "note": {"zh": "保存备注", "en": "Keep the note"},
    "see": {"zh": "查看会发生什么", "en": "See what would happen"},
    "find": {"zh": "查找", "en": "Find"},
    "nobody": {"zh": "没有会员使用这个手机号。", "en": "No member has this number."},
    "erase": {"zh": "登记注销申请", "en": "Write it down"},
    "take_back": {"zh": "撤回", "en": "Take back"},
    "taken_back": {"zh": "已撤回，会员保持原样。", "en": "Taken back; the member stays as they were."},
    "waits": {"zh": "已提交给另一位店长审批", "en": "another manager decides"},
    "submit": {"zh": "提交调整", "en": "Submit"},
}


@pytest.fixture(scope="module", params=LOOKS, ids=lambda look: look[0])
def manager(request: pytest.FixtureRequest, browser: Browser, world: World) -> Iterator[Visitor]:
    # One sign-in for all of a look: a person has ten tries in five minutes.
    language, size = request.param
    with visiting(browser, world.stack.web_url, language=language, size=size) as visitor:
        visitor.sign_in("manager")
        yield visitor
        visitor.assert_clean()


def press(visitor: Visitor, name: str, *, within: Any = None) -> None:
    """A button by its words, and "yes" to the question where one is asked."""
    (within or visitor.page).get_by_role("button", name=WORDS[name][visitor.language], exact=True).first.click()


def agree(visitor: Visitor) -> None:
    visitor.page.locator("dialog").get_by_role("button", name=WORDS["confirm"][visitor.language]).click()


def ask_for_a_correction(world: World) -> None:
    body = {"member_id": world.names["member"], "ledger": "points", "amount": ABOVE_EVERYBODYS_LIMIT}
    world.admin.post("/adjustments", {**body, "reason_code": "service", "reason": "设备故障，补偿"})


def says(page: Page, words: str) -> None:
    expect(page.locator("#messages")).to_contain_text(words)


def test_a_correction_is_decided_and_seen_in_the_audit(manager: Visitor, world: World) -> None:
    ask_for_a_correction(world)
    before = world.admin.get(f"/members/{world.names['member']}")["member"]["points_balance"]
    page = manager.open("/console/adjustments")
    press(manager, "approve_correction")
    agree(manager)
    says(page, WORDS["booked"][manager.language])
    after = world.admin.get(f"/members/{world.names['member']}")["member"]["points_balance"]
    assert after == before + ABOVE_EVERYBODYS_LIMIT
    entries = world.admin.get("/audit-entries", action="adjustment.approve", limit=1)["data"]
    assert entries[0]["action"] == "adjustment.approve"


def test_a_member_who_telephones(manager: Visitor, world: World) -> None:
    page = manager.open("/console/members")
    page.fill("#phone", "13911112222")
    press(manager, "find")
    says(page, WORDS["nobody"][manager.language])
    assert "13911112222" not in page.url
    manager.open(f"/console/members/{world.names['member']}")
    note = f"来电：想换门店自提（{manager.language}）"
    page.fill("#note", note)
    press(manager, "note")
    expect(page.locator("#notes")).to_contain_text(note)
    manager.open(f"/console/members/{world.names['member']}?kind=note")
    expect(page.get_by_role("main")).to_contain_text(note)


def test_a_correction_above_the_limit_waits(manager: Visitor, world: World) -> None:
    page = manager.open(f"/console/members/{world.names['member']}/adjust")
    page.fill("#amount", str(ABOVE_EVERYBODYS_LIMIT))
    page.fill("#reason", "门店失误，双倍补偿")
    press(manager, "submit")
    agree(manager)
    says(page, WORDS["waits"][manager.language])


def test_two_are_looked_at_before_they_become_one(manager: Visitor, world: World) -> None:
    page = manager.open(f"/console/members/{world.names['member']}/merge")
    page.fill("#other", world.names["other_member"])
    press(manager, "see")
    expect(page.get_by_role("table")).to_be_visible()
    assert re.search(r"other=[0-9a-f-]{36}", page.url)


def test_a_wish_to_be_forgotten_is_written_down_and_taken_back(manager: Visitor, world: World) -> None:
    page = manager.open(f"/console/members/{world.names['other_member']}/erasure")
    page.fill("#reason", "来电要求，已核对身份")
    press(manager, "erase")
    agree(manager)
    row = page.get_by_role("row").filter(has_text="来电要求，已核对身份").first
    press(manager, "take_back", within=row)
    agree(manager)
    says(page, WORDS["taken_back"][manager.language])
    assert world.admin.get("/erasure-requests", limit=1)["data"][0]["state"] == "withdrawn"
