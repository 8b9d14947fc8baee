"""Whoever owns the shop sets it up, led by the checklist: a store and somebody in it, what a bill earns, the tiers, a setting;
and signs in with a second step from then on."""

import io
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, Locator, expect

from app.commands.seed_demo import DEMO_PASSWORD
from app.services.second_steps import RECOVERY_CODES, STEP_SECONDS
from tests.browser.hands import choose, confirm, follow, is_told, press, say, word
from tests.browser.visitor import DESKTOP, PHONE, Visitor, at_work
from tests.browser.world import World

LOOKS = (("zh", PHONE), ("en", DESKTOP))
# Once the ladder is in force a tick moves the members.
SETTLED_SECONDS = 60.0


@dataclass
class Owner:
    """An admin of their own, so that nobody else needs their phone to sign in."""

    visitor: Visitor
    login: str
    store: str

    def step(self, zh: str, en: str) -> Locator:
        """A line of the checklist."""
        name = self.visitor.page.get_by_text(word(self.visitor, zh, en), exact=False).first
        return self.visitor.page.locator("main li").filter(has=name).first

    def go_to(self, zh: str, en: str) -> None:
        """From the checklist to where the step is taken."""
        self.visitor.open("/console/first-steps")
        self.step(zh, en).get_by_role("link").click()

    def is_done(self, zh: str, en: str) -> None:
        """The checklist says so."""
        expect(self.step(zh, en).locator(".badge")).to_have_text(word(self.visitor, "已完成", "done"))


@pytest.fixture(params=LOOKS, ids=lambda look: f"{look[0]}-{look[1]['width']}")
def owner(request: pytest.FixtureRequest, browser: Browser, world: World) -> Iterator[Owner]:
    language, size = request.param
    login = f"owner-{language}"
    person = {"login": login, "role": "admin", "password": DEMO_PASSWORD, "store_ids": []}
    world.admin.post("/staff", {**person, "display_name": "店主 老周"})
    with at_work(browser, world.stack.web_url, login, language=language, size=size) as visitor:
        yield Owner(visitor, login, f"NEW-{language.upper()}")


def test_a_shop_is_set_up(owner: Owner, browser: Browser, world: World) -> None:
    _open_a_store(owner)
    _let_somebody_in(owner)
    _pay_points(owner)
    _move_the_tiers(owner, world)
    _change_a_setting(owner, world)
    _take_a_second_step(owner)
    visitor = owner.visitor
    visitor.open("/console/first-steps")
    for zh, en in (
        ("添加门店", "Add a store"),
        ("添加同事", "Add colleagues"),
        ("安排收银台人员", "Put somebody at a counter"),
        ("确认等级", "Look at the tiers"),
        ("确认积分规则", "Look at the earning rules"),
    ):
        owner.is_done(zh, en)
    name = f"clerk-{owner.store}"
    with at_work(browser, world.stack.web_url, name, store_code=owner.store, language=visitor.language) as clerk:
        expect(clerk.page.locator("#typed")).to_be_focused()
        expect(clerk.page.locator("header")).to_contain_text("三号店")


def _open_a_store(owner: Owner) -> None:
    page = owner.visitor.page
    owner.go_to("添加门店", "Add a store")
    page.fill("#name", f"三号店（{owner.store}）")
    page.fill("#code", "三号店")
    page.press("#code", "Enter")
    expect(page.locator("#code-wrong")).to_contain_text(say(owner.visitor, "请用字母、数字", "Use letters, digits"))
    page.fill("#code", owner.store)
    page.press("#code", "Enter")
    is_told(owner.visitor, "门店已添加。", "The store is there.")
    expect(page.get_by_role("row").filter(has_text=owner.store)).to_contain_text(say(owner.visitor, "营业", "Open"))


def _let_somebody_in(owner: Owner) -> None:
    page = owner.visitor.page
    owner.go_to("安排收银台人员", "Put somebody at a counter")
    follow(owner.visitor, "添加员工", "Add a person")
    page.fill("#login", f"clerk-{owner.store}")
    page.fill("#display_name", "店员 小何")
    page.fill("#password", "short")
    page.select_option("#store_ids", label=f"三号店（{owner.store}）")
    page.press("#password", "Enter")
    expect(page.locator("#password-wrong")).to_contain_text(say(owner.visitor, "至少 10 位", "At least ten"))
    # Everything but the password is still there.
    expect(page.locator("#store_ids option:checked")).to_have_text(f"三号店（{owner.store}）")
    page.fill("#password", DEMO_PASSWORD)
    page.press("#password", "Enter")
    is_told(owner.visitor, "已添加。", "Added.")
    row = page.get_by_role("row").filter(has_text=f"clerk-{owner.store}")
    expect(row).to_contain_text(f"三号店（{owner.store}）")


def _pay_points(owner: Owner) -> None:
    """Seven points at the new store for a bill of fifty or more: tried before and after."""
    page, name = owner.visitor.page, f"开业礼 {owner.store}"
    owner.go_to("确认积分规则", "Look at the earning rules")
    follow(owner.visitor, "试算", "Try a bill")
    before = _try_a_bill(owner, "60")
    follow(owner.visitor, "积分规则", "Earning rules")
    follow(owner.visitor, "新建规则", "New rule")
    follow(owner.visitor, "固定数额", "A fixed amount")
    page.fill("#code", f"opening_{owner.visitor.language}")
    page.fill("#name", name)
    page.fill("#name_en", name)
    page.fill("#min_paid", "五十")
    page.select_option("#stores", owner.store)
    press(owner.visitor, "保存", "Save")
    expect(page.locator("form .alert-danger")).to_be_visible()
    page.fill("#min_paid", "50")
    press(owner.visitor, "保存", "Save")
    expect(page.locator("#amount-wrong")).to_be_visible()
    page.fill("#amount", "7")
    press(owner.visitor, "保存", "Save")
    is_told(owner.visitor, "规则已建立。", "The rule is made.")
    expect(page.locator(".lead")).to_contain_text(re.compile(r"\b7\b"))
    owner.visitor.open("/console/earning-rules/dry-run")
    assert _try_a_bill(owner, "60") == before + 7
    expect(page.get_by_role("row").filter(has_text=name)).to_contain_text("+7")
    _try_a_bill(owner, "49.99")
    expect(page.get_by_role("row").filter(has_text=name)).to_contain_text(
        say(owner.visitor, "金额不够", "not enough paid")
    )


def _try_a_bill(owner: Owner, yuan: str) -> int:
    page = owner.visitor.page
    page.fill("#paid", yuan)
    page.select_option("#store_code", owner.store)
    press(owner.visitor, "试算", "Try")
    figure = page.locator("section[aria-live] .figure").first
    expect(figure).to_be_visible()
    return _number(figure)


def _move_the_tiers(owner: Owner, world: World) -> None:
    """The next tier down to what one member has, so that at least this one goes up: seen before it is so."""
    page, visitor = owner.visitor.page, owner.visitor
    thresholds = {tier["code"]: tier["growth_threshold"] for tier in world.admin.get("/tiers")["data"]}
    code, growth = _within_reach(world, thresholds)
    owner.go_to("确认等级", "Look at the tiers")
    follow(visitor, "新方案", "Draft a ladder")
    page.fill("#name", f"开业方案 {owner.store}")
    page.fill(f"#threshold_{code}", "1.5")
    press(visitor, "保存草稿并试算", "Save the draft")
    expect(page.locator("form .alert-danger")).to_contain_text(say(visitor, "门槛须为整数", "whole numbers"))
    page.fill(f"#threshold_{code}", str(growth))
    press(visitor, "保存草稿并试算", "Save the draft")
    page.wait_for_url(re.compile(r"/ladders/[0-9a-f-]{36}$"))
    up = _number(page.locator("section[aria-labelledby=move] .figure").first)
    assert up > 0
    expect(page.locator("td.bg-success-subtle").first).to_be_visible()
    assert world.admin.get("/tiers")["data"][-1]["growth_threshold"] == thresholds[list(thresholds)[-1]]
    press(visitor, "启用", "Put in force")
    confirm(visitor, says=say(visitor, f"启用后 {up} 位会员升级", f"{up} members go up"))
    is_told(visitor, "已启用", "In force")
    page.reload()
    expect(page.locator("main .badge").first).to_have_text(word(visitor, "生效中", "in force"))
    _everybody_is_moved(world, page.url.rpartition("/")[2])


def _everybody_is_moved(world: World, ladder_id: str) -> None:
    """Until then no other ladder can be put in force."""
    until = time.monotonic() + SETTLED_SECONDS
    while world.admin.get(f"/ladders/{ladder_id}")["is_settling"]:
        assert time.monotonic() < until, "the tick does not come to its end"
        time.sleep(0.2)


def _within_reach(world: World, thresholds: dict[str, int]) -> tuple[str, int]:
    """A tier, and the growth of a member who stands on the one below without being on its edge."""
    codes = list(thresholds)
    for member in world.admin.get("/members", limit=100)["data"]:
        at = codes.index(member["tier"]["code"])
        if at + 1 < len(codes) and thresholds[codes[at]] < member["growth_value"] < thresholds[codes[at + 1]]:
            return codes[at + 1], member["growth_value"]
    raise AssertionError("nobody is between two tiers")


def _change_a_setting(owner: Owner, world: World) -> None:
    page, visitor = owner.visitor.page, owner.visitor
    days = world.admin.get("/programme")["coupon_expiry_notice_days"] + 1
    choose(visitor, ("会员计划", "Programme"), ("设置", "Settings"))
    page.fill("#coupon_expiry_notice_days", "三天")
    page.press("#coupon_expiry_notice_days", "Enter")
    expect(page.locator("#coupon_expiry_notice_days-wrong")).to_contain_text(say(visitor, "无法识别", "cannot be read"))
    page.fill("#coupon_expiry_notice_days", str(days))
    page.press("#coupon_expiry_notice_days", "Enter")
    is_told(visitor, "已保存。", "Saved.")
    expect(page.locator("#coupon_expiry_notice_days")).to_have_value(str(days))
    # What was not touched is as it was.
    assert world.admin.get("/programme")["coupon_expiry_notice_days"] == days


def _take_a_second_step(owner: Owner) -> None:
    """Scanned from the screen, turned on by its first code, asked for at the next sign-in."""
    page, visitor = owner.visitor.page, owner.visitor
    visitor.open("/console/account")
    page.fill("#password", DEMO_PASSWORD)
    page.press("#password", "Enter")
    seen = zxingcpp.read_barcodes(Image.open(io.BytesIO(page.locator(".qr").screenshot())))
    phone = pyotp.parse_uri(seen[0].text)
    assert isinstance(phone, pyotp.TOTP)
    assert owner.login in str(phone.name)
    now = datetime.now(UTC)
    # A phone whose clock is half a minute late; and each code is good once, so the next sign-in has another.
    page.fill("#second_step_code", phone.at(now - timedelta(seconds=STEP_SECONDS)))
    page.press("#second_step_code", "Enter")
    expect(page.locator("main ol li")).to_have_count(RECOVERY_CODES)
    follow(visitor, "我已保存", "I have kept them")
    expect(page.locator("#second-step-title + p")).to_contain_text(say(visitor, "已启用", "On"))
    _sign_out(visitor)
    page.fill("#login", owner.login)
    page.fill("#password", DEMO_PASSWORD)
    page.press("#password", "Enter")
    code = page.locator("#second_step_code")
    expect(code).to_be_focused()
    visitor.page.keyboard.type(f"{(int(phone.now()) + 1) % 1_000_000:06d}")
    page.keyboard.press("Enter")
    expect(page.locator("form .alert-danger")).to_be_visible()
    code.fill(phone.now())
    code.press("Enter")
    expect(page.locator("h1")).to_have_text(word(visitor, "经营概览", "How the programme does"))


def _sign_out(visitor: Visitor) -> None:
    menu = visitor.page.get_by_role("navigation", name=word(visitor, "主导航", "Main"), exact=True)
    if (toggler := menu.get_by_role("button", name=word(visitor, "菜单", "Menu"), exact=True)).is_visible():
        toggler.click()
    press(visitor, "退出", "Sign out", within=menu)
    expect(visitor.page.locator("#login")).to_be_focused()


def _number(figure: Locator) -> int:
    return int(figure.inner_text().replace(",", ""))
