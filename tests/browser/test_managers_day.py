"""A manager's day: decide a correction and a campaign, serve a member who telephones, see it all in the audit."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser.hands import choose, confirm, follow, is_told, press, say, word
from tests.browser.visitor import DESKTOP, PHONE, Visitor, at_work
from tests.browser.world import World
from tests.browser.world_campaigns import draft, reachable_members
from tests.browser.world_members import ABOVE_EVERYBODYS_LIMIT

LOOKS = (("zh", DESKTOP), ("en", PHONE))


@pytest.fixture(scope="module", params=LOOKS, ids=lambda look: look[0])
def manager(request: pytest.FixtureRequest, browser: Browser, world: World) -> Iterator[Visitor]:
    # One sign-in for all of a look: a person has ten tries in five minutes.
    language, size = request.param
    with at_work(browser, world.stack.web_url, "manager", language=language, size=size) as visitor:
        yield visitor


def ask_for_a_correction(world: World) -> None:
    body = {"member_id": world.names["member"], "ledger": "points", "amount": ABOVE_EVERYBODYS_LIMIT}
    world.admin.post("/adjustments", {**body, "reason_code": "service", "reason": "设备故障，补偿"})


def test_a_correction_is_decided_and_seen_in_the_audit(manager: Visitor, world: World) -> None:
    ask_for_a_correction(world)
    before = world.admin.get(f"/members/{world.names['member']}")["member"]["points_balance"]
    manager.open("/console/adjustments")
    press(manager, "批准并入账", "Approve and book")
    confirm(manager, says=say(manager, "批准后立即写入账本", "It is booked at once"))
    is_told(manager, "已批准并入账。", "Approved and booked.")
    after = world.admin.get(f"/members/{world.names['member']}")["member"]["points_balance"]
    assert after == before + ABOVE_EVERYBODYS_LIMIT
    _is_in_the_audit(manager, "adjustment.approve")


def test_a_campaign_is_read_approved_and_found_in_the_audit(manager: Visitor, world: World) -> None:
    name, page = f"第二个人看过（{manager.language}）", manager.page
    reachable_members(world, how_many=1, besides=0)
    campaign = draft(world, name)["id"]
    world.marketer.post(f"/campaigns/{campaign}/submit", None)
    _found_among_those_that_wait(manager, name)
    _looked_at(manager)
    press(manager, "批准", "Approve")
    confirm(manager, says=say(manager, f"批准“{name}”", f"Approve “{name}”"))
    is_told(manager, "已批准，可以排期了。", "Approved: it can be scheduled.")
    # Whoever approves does not send: that is its author's.
    buttons = page.locator("main").get_by_role("button")
    expect(buttons.filter(has_text=say(manager, "批准", "Approve"))).to_have_count(0)
    expect(buttons.filter(has_text=say(manager, "排期", "Schedule"))).to_have_count(0)
    approved_by = page.locator("dt", has_text=word(manager, "批准", "Approved by")).locator("+ dd")
    expect(approved_by).to_have_text("店长 阿芳")
    assert world.admin.get(f"/campaigns/{campaign}")["state"] == "approved"
    row = _is_in_the_audit(manager, "campaign.approve")
    # Of this one, what the manager did: what others did at the console is the auditor's to read.
    row.get_by_title(campaign, exact=True).click()
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("tbody tr").get_by_title("campaign.approve", exact=True)).to_be_visible()


def _found_among_those_that_wait(manager: Visitor, name: str) -> None:
    choose(manager, ("触达", "Reach"), ("活动", "Campaigns"))
    manager.page.select_option("#state", "in_review")
    press(manager, "筛选", "Filter")
    waiting = manager.page.locator("main .badge")
    expect(waiting.first).to_have_text(word(manager, "待审批", "In review"))
    manager.page.locator("main").get_by_role("link", name=name, exact=True).click()
    expect(manager.page.locator("h1")).to_have_text(name)


def _looked_at(manager: Visitor) -> None:
    """What members will see, each field within its limit; then whom it reaches and what it costs."""
    main = manager.page.locator("main")
    expect(main.locator(".phone-card")).to_contain_text("全场满100减20")
    expect(main.locator("table", has_text="thing1")).to_contain_text(word(manager, "合规", "fits"))
    follow(manager, "发送前检查", "Pre-flight")
    reached = main.locator("tr", has_text=word(manager, "能收到", "Can be reached")).locator(".figure")
    expect(reached).to_have_text(re.compile(r"^[1-9]\d*$"))
    expect(main.get_by_role("heading", name=say(manager, "成本（至多）", "Cost at most"))).to_be_visible()


def _is_in_the_audit(manager: Visitor, action: str) -> Locator:
    """Its newest entry is the manager's own; returns that row."""
    choose(manager, ("管理", "Manage"), ("操作审计", "Audit"))
    manager.page.select_option("#action", action)
    press(manager, "筛选", "Filter")
    row = manager.page.locator("tbody tr").first
    expect(row.get_by_title(action, exact=True)).to_be_visible()
    expect(row.locator("td").nth(1)).to_have_text("店长 阿芳")
    return row


def test_a_member_who_telephones(manager: Visitor, world: World) -> None:
    page = manager.open("/console/members")
    page.fill("#phone", "13911112222")
    press(manager, "查找", "Find")
    is_told(manager, "没有会员使用这个手机号。", "No member has this number.")
    assert "13911112222" not in page.url
    manager.open(f"/console/members/{world.names['member']}")
    note = f"来电：想换门店自提（{manager.language}）"
    page.fill("#note", note)
    press(manager, "保存备注", "Keep the note")
    expect(page.locator("#notes")).to_contain_text(note)
    manager.open(f"/console/members/{world.names['member']}?kind=note")
    expect(page.get_by_role("main")).to_contain_text(note)


def test_a_correction_above_the_limit_waits(manager: Visitor, world: World) -> None:
    page = manager.open(f"/console/members/{world.names['member']}/adjust")
    page.fill("#amount", str(ABOVE_EVERYBODYS_LIMIT))
    page.fill("#reason", "门店失误，双倍补偿")
    press(manager, "提交调整", "Submit")
    confirm(manager, says=say(manager, "超过单人限额时", "Above one person’s limit"))
    is_told(manager, "已提交给另一位店长审批", "another manager decides")


def test_two_are_looked_at_before_they_become_one(manager: Visitor, world: World) -> None:
    page = manager.open(f"/console/members/{world.names['member']}/merge")
    page.fill("#other", world.names["other_member"])
    press(manager, "查看会发生什么", "See what would happen")
    expect(page.get_by_role("table")).to_be_visible()
    assert re.search(r"other=[0-9a-f-]{36}", page.url)


def test_a_wish_to_be_forgotten_is_written_down_and_taken_back(manager: Visitor, world: World) -> None:
    page = manager.open(f"/console/members/{world.names['other_member']}/erasure")
    page.fill("#reason", "来电要求，已核对身份")
    press(manager, "登记注销申请", "Write it down")
    confirm(manager, says=say(manager, "七天后执行", "carried out in seven days"))
    row = page.get_by_role("row").filter(has_text="来电要求，已核对身份").first
    press(manager, "撤回", "Take back", within=row)
    confirm(manager, says=say(manager, "会员保持原样", "They stay as they are"))
    is_told(manager, "已撤回，会员保持原样。", "Taken back; the member stays as they were.")
    assert world.admin.get("/erasure-requests", limit=1)["data"][0]["state"] == "withdrawn"
