"""A marketer's whole day at the console, in both languages, on a PC and on a phone: whom, what, a second pair of eyes, watching,
pausing, and what it came to."""

import re
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.visitor import DESKTOP, PHONE, Visitor, visiting
from tests.browser.world import HOSTILE, World
from tests.browser.world_campaigns import reachable_members

SHOP = ZoneInfo("Asia/Shanghai")
# So slow that there is time to watch and to press pause.
SENDS_PER_SECOND = "2"
AUDIENCE = 24
WORDS = {
    "zh": {
        "save_segment": "保存人群",
        "found": "现在符合的会员",
        "add": "加条件",
        "save": "保存草稿",
        "submit": "提交审批",
        "approve": "批准",
        "schedule": "排期",
        "pause": "暂停",
        "resume": "继续",
        "confirm": "确认",
        "reachable": "能收到",
        "done": "已完成",
        "paused": "已暂停",
        "running": "进行中",
    },
    "en": {
        "save_segment": "Save the segment",
        "found": "Members it finds now",
        "add": "Add a condition",
        "save": "Save the draft",
        "submit": "Submit for review",
        "approve": "Approve",
        "schedule": "Schedule",
        "pause": "Pause",
        "resume": "Resume",
        "confirm": "Confirm",
        "reachable": "Can be reached",
        "done": "Done",
        "paused": "Paused",
        "running": "Running",
    },
}


@pytest.fixture(params=[("zh", DESKTOP), ("en", PHONE)], ids=["zh-pc", "en-phone"])
def marketer(request: pytest.FixtureRequest, browser: Browser, world: World) -> Iterator[Visitor]:
    """Signed in at the console."""
    language, size = request.param
    with visiting(browser, world.stack.web_url, language=language, size=size) as visitor:
        visitor.sign_in("marketer")
        yield visitor


def press(page: Page, name: str) -> None:
    """A button of the page, by its whole name."""
    page.locator("main").get_by_role("button", name=name, exact=True).first.click()


def agree(page: Page, name: str, confirm: str) -> str:
    """Press a button and say yes; returns what the dialog said would happen."""
    press(page, name)
    dialog = page.locator("dialog")
    said = dialog.locator("p").inner_text()
    with page.expect_navigation():
        dialog.get_by_role("button", name=confirm).click()
    return said


def test_the_day(marketer: Visitor, browser: Browser, world: World) -> None:
    page, words = marketer.page, WORDS[marketer.language]
    reachable_members(world, how_many=AUDIENCE, besides=1)
    segment = _build_a_segment(marketer, words)
    batch = _print_a_batch(world)
    campaign = _write_a_campaign(marketer, words, segment, batch)
    _have_it_approved(browser, world, marketer, campaign)
    _watch_pause_and_resume(marketer, words, campaign)
    _read_what_it_came_to(marketer, words, campaign)
    assert page.locator("h1").count() == 1
    marketer.assert_clean()


def _build_a_segment(marketer: Visitor, words: dict[str, str]) -> str:
    """Everybody who agreed to marketing and joined lately; counted before it is saved."""
    page, name = marketer.page, f"{HOSTILE}{uuid.uuid4().hex[:6]}"
    marketer.open("/console/segments/new")
    page.fill("#name", name)
    page.get_by_label(_any("条件", "Condition"), exact=True).first.select_option("marketing_consent")
    expect(page.locator("#found")).to_contain_text(words["found"])
    press(page, words["add"])
    second = page.locator('[id="p.1.is"]')
    expect(second).to_be_focused()
    second.select_option("joined_days_ago")
    page.locator('[id="p.1.max"]').fill("x")
    expect(page.locator("#look [role=alert]")).to_be_visible()
    page.locator('[id="p.1.max"]').fill("3")
    expect(page.locator("#found .figure").first).not_to_have_text("0")
    press(page, words["save_segment"])
    page.wait_for_url(re.compile(r"/console/segments/[0-9a-f-]{36}$"))
    expect(page.locator("h1")).to_have_text(name)
    return page.url.rsplit("/", 1)[1]


def _print_a_batch(world: World) -> str:
    """A coupon that comes with the message."""
    template = world.marketer.get("/coupon-templates", limit=1)["data"][0]
    opens = datetime.now(UTC) - timedelta(hours=1)
    body = {
        "template_id": template["id"],
        "name": f"{HOSTILE}{uuid.uuid4().hex[:6]}",
        "how": "issue",
        "stock": 1_000,
        "budget_fen": 10_000_000,
        "per_member_limit": 1,
        "claim_starts_at": opens.isoformat(),
        "claim_ends_at": (opens + timedelta(days=30)).isoformat(),
    }
    return str(world.marketer.post("/coupon-batches", body)["id"])


def _write_a_campaign(marketer: Visitor, words: dict[str, str], segment: str, batch: str) -> str:
    """By its steps; the phone beside the form follows what is typed, and a hostile text is a text."""
    page = marketer.page
    marketer.open("/console/campaigns/new")
    page.locator("a[href*='kind=one_off']").click()
    page.get_by_role("link", name=re.compile("优惠活动通知")).first.click()
    page.fill("#name", HOSTILE)
    page.fill("#thing1", "{nickname}，冬季会员日")
    page.fill("#thing2", HOSTILE[:20])
    page.fill("#time3", "2026年12月1日 10:00")
    page.fill("#thing4", "这一行字实在太长了，一定会超过微信允许的二十个字")
    preview = page.locator("#preview")
    expect(preview).to_contain_text("小雨，冬季会员日")
    expect(preview.locator(".text-danger-emphasis").first).to_be_visible()
    page.fill("#thing4", "先到先得")
    expect(preview.locator(".text-danger-emphasis")).to_have_count(0)
    page.select_option("#segment_id", segment)
    page.select_option("#coupon_batch_id", batch)
    page.select_option("#benefit_for", "reached")
    begins = datetime.now(UTC).astimezone(SHOP) - timedelta(minutes=1)
    page.fill("#scheduled_at", begins.strftime("%Y-%m-%dT%H:%M"))
    page.fill("#sends_per_second", SENDS_PER_SECOND)
    press(page, words["save"])
    page.wait_for_url(re.compile("/pre-flight$"))
    expect(page.locator("main")).to_contain_text(words["reachable"])
    return page.url.split("/")[-2]


def _have_it_approved(browser: Browser, world: World, marketer: Visitor, campaign: str) -> None:
    """The author cannot; a manager reads the dialog and can."""
    page, words = marketer.page, WORDS[marketer.language]
    marketer.open(f"/console/campaigns/{campaign}")
    said = agree(page, words["submit"], words["confirm"])
    assert HOSTILE in said
    expect(page.get_by_role("button", name=words["approve"], exact=True)).to_have_count(0)
    with visiting(browser, world.stack.web_url, language=marketer.language) as manager:
        manager.sign_in("manager")
        manager.open(f"/console/campaigns/{campaign}")
        agree(manager.page, words["approve"], words["confirm"])
        expect(manager.page.locator(".alert-success")).to_be_visible()
        manager.assert_clean()


def _watch_pause_and_resume(marketer: Visitor, words: dict[str, str], campaign: str) -> None:
    """It goes out before one's eyes; paused, nothing more leaves; resumed, the rest does."""
    page = marketer.page
    marketer.open(f"/console/campaigns/{campaign}")
    agree(page, words["schedule"], words["confirm"])
    expect(page.locator(".alert-success")).to_be_visible()
    _until(marketer, campaign, lambda: page.locator("[data-poll]").count() > 0 and _sent(page) > 0)
    first = _sent(page)
    # Without loading the page anew.
    expect(page.locator("[data-poll]")).not_to_contain_text(re.compile(rf"\b{first} / "), timeout=30_000)
    agree(page, words["pause"], words["confirm"])
    expect(page.locator("main")).to_contain_text(words["paused"])
    expect(page.locator("[data-poll]")).to_have_count(0)
    page.wait_for_timeout(2_500)
    page.reload()
    held = _sent(page)
    page.wait_for_timeout(2_500)
    page.reload()
    assert _sent(page) == held
    agree(page, words["resume"], words["confirm"])
    _until(marketer, campaign, lambda: words["done"] in page.locator("main .badge").first.inner_text())
    assert _sent(page) > held


def _read_what_it_came_to(marketer: Visitor, words: dict[str, str], campaign: str) -> None:
    """Everybody in one place; runs, messages and results; nothing of it a script."""
    page = marketer.page
    expect(page.locator("main")).to_contain_text(words["done"])
    # Whoever was told has the coupon, and nobody else.
    given = page.locator("#became + .row .figure").last
    expect(given).to_have_text(str(_sent(page)))
    for below in ("runs", "results", "deliveries", "test-sends"):
        marketer.open(f"/console/campaigns/{campaign}/{below}")
        expect(page.locator("h1")).to_have_text(HOSTILE)
    for path in ("campaigns", "calendar", "automations", "failed-messages", "rfm-grid", "segments"):
        marketer.open(f"/console/{path}")
        expect(page.locator("h1")).to_be_visible()


def _sent(page: Page) -> int:
    text = page.locator("main .figure strong").first.inner_text()
    return int(text.replace(",", ""))


def _until(marketer: Visitor, campaign: str, is_so: object) -> None:
    """Look again until it is so: a busy machine takes its time."""
    assert callable(is_so)
    for _ in range(60):
        marketer.open(f"/console/campaigns/{campaign}")
        if is_so():
            return
        marketer.page.wait_for_timeout(1_000)
    raise AssertionError(marketer.page.locator("main").inner_text())


def _any(*names: str) -> re.Pattern[str]:
    return re.compile("|".join(f"^{re.escape(name)}$" for name in names))
