"""A marketer's coupons in Chromium: from a template to a run watched, taken back and given back; codes; a settlement.

In both languages, on a PC and on a phone; by keyboard where a form is sent.
"""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import count

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.hands import confirm, press, say
from tests.browser.visitor import DESKTOP, PHONE, Visitor, visiting
from tests.browser.world import HOSTILE, World
from tests.browser.world_coupons import print_batch

LOOKS = (("zh", "light", DESKTOP), ("en", "dark", PHONE))
PATIENCE_MS = 60_000
_numbers = count(1)


@pytest.fixture(scope="module", params=LOOKS, ids=lambda look: f"{look[0]}-{look[2]['width']}")
def marketer(request: pytest.FixtureRequest, browser: Browser, world: World) -> Iterator[Visitor]:
    """Signed in as the marketer; nothing a page should not have done was done."""
    language, theme, size = request.param
    with visiting(browser, world.stack.web_url, language=language, theme=theme, size=size) as visitor:
        visitor.sign_in("marketer")
        yield visitor
        visitor.assert_clean()


def number_in(page: Page, selector: str) -> int:
    found = re.search(r"[\d,]+", page.locator(selector).first.inner_text())
    assert found is not None
    return int(found.group().replace(",", ""))


def test_from_a_template_to_a_run_and_back_again(marketer: Visitor, browser: Browser, world: World) -> None:
    page, number = marketer.page, next(_numbers)
    _write_a_template(marketer, name=f"故事券 {number}")
    _print_a_batch(marketer, name=f"故事批次 {number} {HOSTILE}"[:100])
    run_url = _give_to_all(marketer)
    revocation_url = _take_back(marketer)
    # The marketer reads that only an admin can undo it.
    expect(page.get_by_text(say(marketer, "恢复需要管理员", "Only an admin"))).to_be_visible()
    _give_back(browser, world, revocation_url, language=marketer.language)
    page.goto(run_url)
    # The run is what it was, its coupons with their members again.
    expect(page.locator("#run .badge")).to_have_text(say(marketer, "已完成", "Done"))


def _write_a_template(marketer: Visitor, *, name: str) -> None:
    page = marketer.open("/console/coupon-templates/new")
    page.get_by_role("link", name=say(marketer, "满减券", "Amount off")).click()
    page.fill("#name", name)
    page.fill("#value", "12.5")
    look = page.locator("#look")
    expect(look).to_contain_text(say(marketer, "填好以下各项后", "The card appears here"))
    page.fill("#min_spend", "50")
    page.fill("#valid_days", "7")
    # The card is there before anything is saved, in both languages.
    expect(look).to_contain_text("满50元减12.50元")
    expect(look).to_contain_text("¥12.50 off a bill of ¥50 or more")
    expect(look).to_contain_text("领取后7天内有效")
    # What the API refuses stands beside its field, and what was typed is still there.
    page.fill("#min_spend", "5")
    page.press("#min_spend", "Enter")
    expect(page.locator("#min_spend-wrong")).to_contain_text(say(marketer, "门槛不能低于", "Must not be below"))
    page.fill("#min_spend", "50")
    page.press("#min_spend", "Enter")
    page.wait_for_url(re.compile(r"/coupon-templates/[0-9a-f-]{36}$"))
    expect(page.locator(".ticket")).to_contain_text(name)


def _print_a_batch(marketer: Visitor, *, name: str) -> None:
    page = marketer.page
    page.get_by_role("link", name=say(marketer, "印一个批次", "Print a batch")).first.click()
    page.fill("#name", name)
    page.select_option("#how", "issue")
    expect(page.locator("#points_price")).to_be_hidden()
    page.fill("#stock", "1000")
    page.fill("#budget", "100")
    estimate = page.locator("#estimate")
    expect(estimate).to_contain_text("¥12,500.00")
    expect(estimate).to_contain_text(say(marketer, "预算会先用完", "The budget ends first"))
    page.fill("#budget", "12500")
    expect(estimate).not_to_contain_text(say(marketer, "预算会先用完", "The budget ends first"))
    today = date.today()  # noqa: DTZ011 a day early or late opens it as well
    page.fill("#starts", f"{today - timedelta(days=1)}T00:00")
    page.fill("#ends", f"{today + timedelta(days=9)}T00:00")
    press(marketer, "印这个批次", "Print the batch")
    confirm(marketer, says=say(marketer, "成本最高到预算为止", "may cost up to its budget"))
    page.wait_for_url(re.compile(r"/coupon-batches/[0-9a-f-]{36}$"))
    expect(page.locator("h1")).to_have_text(name)


def _give_to_all(marketer: Visitor) -> str:
    page = marketer.page
    page.get_by_role("link", name=say(marketer, "发给很多会员", "Give to many")).click()
    page.fill("#note", f"周年庆 {HOSTILE}")
    press(marketer, "先看看发给多少人", "See how many get it")
    would_get = number_in(page, "p.fs-5")
    assert would_get > 0
    press(marketer, "发放给", "Give it to")
    page.wait_for_url(re.compile(r"/issue-runs/[0-9a-f-]{36}$"))
    # Watched without touching anything: it is fetched anew until it is done.
    expect(page.locator("#run .badge")).to_have_text(say(marketer, "已完成", "Done"), timeout=PATIENCE_MS)
    expect(page.locator("#run[data-poll]")).to_have_count(0)
    assert number_in(page, "#run p.fs-5") == would_get
    return page.url


def _take_back(marketer: Visitor) -> str:
    page = marketer.page
    page.get_by_role("link", name=say(marketer, "作废这次发放", "Take this run back")).click()
    would_go = number_in(page, "p.fs-5")
    assert would_go > 0
    page.fill("#reason", f"发错了 {HOSTILE}")
    press(marketer, f"作废 {would_go}", f"Take {would_go}")
    confirm(marketer, says=say(marketer, f"{would_go} 张券将从会员手里作废", f"{would_go} coupons will be taken"))
    page.wait_for_url(re.compile(r"/revocations/[0-9a-f-]{36}$"))
    expect(page.locator("#revocation .badge")).to_have_text(say(marketer, "已完成", "Done"), timeout=PATIENCE_MS)
    return page.url


def _give_back(browser: Browser, world: World, url: str, *, language: str) -> None:
    with visiting(browser, world.stack.web_url, language=language) as admin:
        admin.sign_in("admin")
        admin.page.goto(url)
        admin.page.fill("#reason", "其实没有发错")
        press(admin, "恢复这些券", "Give them back")
        confirm(admin, says=say(admin, "会回到会员手里", "go back to their members"))
        badge = admin.page.locator("#revocation .badge")
        expect(badge).to_have_text(say(admin, "已恢复", "Given back"), timeout=PATIENCE_MS)
        expect(admin.page.locator("#revocation[data-poll]")).to_have_count(0, timeout=PATIENCE_MS)
        admin.assert_clean()


def test_codes_are_made_watched_and_taken_away(marketer: Visitor, world: World) -> None:
    number = next(_numbers)
    batch = print_batch(
        world.marketer,
        world.names["usual_template"],
        name=f"券码 {number}",
        how="code",
        stock=100_000,
        budget_fen=100_000_000,
    )
    page = marketer.open(f"/console/coupon-batches/{batch}/codes")
    page.fill("#wanted", "100000")
    press(marketer, "生成", "Make them")
    confirm(marketer, says=say(marketer, "券码会占用库存", "Codes take up the stock"))
    runs = page.locator("#code-runs")
    expect(runs.locator("progress")).to_have_attribute("value", "100000", timeout=4 * PATIENCE_MS)
    expect(runs).to_contain_text(say(marketer, "已完成", "Done"), timeout=PATIENCE_MS)
    with page.expect_download() as taken:
        page.get_by_role("link", name="CSV").first.click()
    lines = taken.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == 100_001
    assert len({line.split(",")[1] for line in lines}) == 100_001
    # There is room for no more: refused, and said so.
    page.fill("#wanted", "1")
    press(marketer, "生成", "Make them")
    confirm(marketer, says=say(marketer, "券码会占用库存", "Codes take up the stock"))
    expect(page.locator("form .alert-danger")).to_be_visible()


def test_a_batch_is_switched_off_at_once_and_topped_up(marketer: Visitor, world: World) -> None:
    name = f"停用 {next(_numbers)}"
    batch = print_batch(world.marketer, world.names["usual_template"], name=name, how="claim", stock=10)
    page = marketer.open(f"/console/coupon-batches/{batch}")
    press(marketer, "立即停用", "Switch off")
    # Thinking better of it changes nothing.
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_have_count(0)
    press(marketer, "立即停用", "Switch off")
    confirm(marketer, says=say(marketer, "立刻被拒", "Nobody can claim"))
    expect(page.get_by_role("button", name=say(marketer, "恢复", "Switch on"))).to_be_visible()
    assert world.marketer.get(f"/coupon-batches/{batch}")["status"] == "paused"

    page.get_by_role("link", name=say(marketer, "追加库存或预算", "Top up")).click()
    page.fill("#stock", "25")
    press(marketer, "先看看会怎样", "See what it does")
    expect(page.locator("main")).to_contain_text(say(marketer, "还能发 25 张", "Then 25 more can be given"))
    assert world.marketer.get(f"/coupon-batches/{batch}")["stock"] == 10
    press(marketer, "确认更改", "Change it")
    page.wait_for_url(re.compile(rf"/coupon-batches/{batch}$"))
    assert world.marketer.get(f"/coupon-batches/{batch}")["stock"] == 25


def test_a_period_is_closed_once_by_the_auditor(marketer: Visitor, browser: Browser, world: World) -> None:
    number = next(_numbers)
    page = marketer.open("/console/payers/new")
    page.fill("#code", f"P{number}")
    page.fill("#name", f"{HOSTILE}{number}")
    page.press("#name", "Enter")
    page.wait_for_url(re.compile(r"/payers/[0-9a-f-]{36}$"))
    url = page.url
    # Whoever plans the coupons does not sign for their money.
    expect(page.get_by_role("button", name=say(marketer, "结清", "Close this period"))).to_have_count(0)
    today = date.today()  # noqa: DTZ011 days away from either end
    days = f"?first={today - timedelta(days=9)}&last={today - timedelta(days=3)}"
    with visiting(browser, world.stack.web_url, language=marketer.language) as auditor:
        auditor.sign_in("auditor")
        auditor.page.goto(f"{url}{days}")
        press(auditor, "结清这个账期", "Close this period")
        confirm(auditor, says=say(auditor, "永远不能改动", "never be changed"))
        auditor.page.wait_for_url(re.compile(r"/settlements/[0-9a-f-]{36}$"))
        with auditor.page.expect_download() as taken:
            auditor.page.get_by_role("link", name="CSV").click()
        assert taken.value.suggested_filename.startswith(f"settlement-P{number}-")
        # A period that is not over is refused, in words.
        # Tomorrow, for in the shop it may be tomorrow already.
        auditor.page.goto(f"{url}?first={today - timedelta(days=2)}&last={today + timedelta(days=1)}")
        press(auditor, "结清这个账期", "Close this period")
        confirm(auditor, says=say(auditor, "永远不能改动", "never be changed"))
        expect(auditor.page.locator("#messages .alert-danger")).to_be_visible()
        auditor.assert_clean()
