"""Members brought along from another system: a file with faults, the corrected one, two of its people who are one, a list, a tag,
and everything taken back but whom somebody has met since."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, FilePayload, expect

from tests.browser.hands import choose, confirm, follow, is_told, press, say, word
from tests.browser.visitor import DESKTOP, PHONE, Visitor, at_work
from tests.browser.world import World
from tests.browser.world_programme import HEADER

LOOKS = (("zh", PHONE), ("en", DESKTOP))
# A tick looks at the file, another works it off, on a machine busy with everything else.
WORKED_MS = 60_000
# As if it were still at work: the state of the import is asked for once more.
FETCH_ANEW = """() => {
    const part = document.querySelector("[data-fragment]");
    const place = document.createElement("div");
    part.replaceWith(place);
    part.dataset.poll = "0.3";
    part.dataset.pollUrl = `${location.pathname}/progress`;
    window.huitou.put(place, `<div data-fragment>${part.outerHTML}</div>`);
}"""
FETCHED_MS = 600
FAULTY = ("12,阿一,02-30,铂金,-1,,没有,,", "{0}0002,阿二,,,,,,2999-01-01,")
GOOD = (
    "{0}0001,阿一,02-29,,120,{1},HZ001,,",
    "{0}0002,阿二,,,30,,,,",
    "{0}0003,阿三,3月5日,,,,,2024-05-01,",
    "{0}0004,阿四,,,,,,,",
)


@pytest.fixture(params=LOOKS, ids=lambda look: f"{look[0]}-{look[1]['width']}")
def manager(request: pytest.FixtureRequest, browser: Browser, world: World) -> Iterator[Visitor]:
    language, size = request.param
    with at_work(browser, world.stack.web_url, "manager", language=language, size=size) as visitor:
        yield visitor


def test_members_are_brought_along_and_taken_back(manager: Visitor, browser: Browser, world: World) -> None:
    # The number that all phones of this file begin with, and a tag that the file brings.
    series, tag = ("1571100" if manager.language == "zh" else "1571200"), f"老顾客（{manager.language}）"
    _what_is_wrong(manager, [line.format(series, tag) for line in (*FAULTY, *GOOD[2:])])
    url = _corrected(manager, [line.format(series, tag) for line in GOOD])
    _noted(manager, f"{series}0003")
    _two_become_one(manager, f"{series}0001", f"{series}0002")
    _listed_and_tagged(browser, world, manager.language, series=series, tag=tag)
    _taken_back(browser, world, manager.language, url)
    manager.open("/console/members")
    assert _found(manager, f"{series}0001")
    assert not _found(manager, f"{series}0004")


def _what_is_wrong(manager: Visitor, lines: list[str]) -> None:
    """Every fault of every line, by itself as soon as the check is over; nobody is made."""
    page = manager.page
    choose(manager, ("数据", "Data"), ("导入会员", "Imports"))
    with page.expect_download() as taken:
        follow(manager, "下载模板", "Template")
    assert taken.value.path().read_text(encoding="utf-8-sig").startswith("手机号")
    _upload(manager, lines, name="草稿.csv")
    _comes_to_be(manager, "待开始", "ready to start")
    table = page.locator("main table")
    expect(table.locator("tbody tr")).to_have_count(2)
    for zh, en in (("手机号", "Phone"), ("生日", "Birthday"), ("等级", "Tier"), ("积分", "Points"), ("门店", "Store")):
        expect(table.locator("tbody tr").first.locator("strong", has_text=word(manager, zh, en))).to_have_count(1)
    expect(table.locator("tbody tr").last).to_contain_text(word(manager, "入会日期", "Joined on"))
    with page.expect_download() as taken:
        follow(manager, "下载错误清单", "Download the faults")
    # One line for each fault, under a heading; whom it is about is told by the line's number alone.
    told = taken.value.path().read_text(encoding="utf-8-sig")
    assert len(told.splitlines()) == 7
    assert "阿一" not in told
    press(manager, "开始导入", "Start")
    confirm(manager, says=say(manager, "将新增 2 位会员", "New members: 2"))
    expect(page.locator("#messages .alert-danger")).to_be_visible()
    _pressed_while_it_is_fetched_anew(manager)
    is_told(manager, "已停止", "Stopped")


def _pressed_while_it_is_fetched_anew(manager: Visitor) -> None:
    """Neither the keyboard's place nor the form that a question is about is taken away."""
    page = manager.page
    stop = page.get_by_role("button", name=word(manager, "停止", "Stop"), exact=True)
    page.evaluate(FETCH_ANEW)
    stop.focus()
    expect(page.locator("[data-poll]")).to_have_count(0)
    expect(stop).to_be_focused()
    page.evaluate(FETCH_ANEW)
    stop.press("Enter")
    page.wait_for_timeout(FETCHED_MS)
    confirm(manager, says=say(manager, "停止后不能继续", "It cannot go on"))


def _corrected(manager: Visitor, lines: list[str]) -> str:
    """Nothing is wrong with it any more: begun, watched to its end."""
    page = manager.page
    follow(manager, "导入记录", "Imports")
    _upload(manager, lines, name="会员.csv")
    _comes_to_be(manager, "待开始", "ready to start")
    expect(page.locator("#skip_faulty")).to_have_count(0)
    press(manager, "开始导入", "Start")
    confirm(manager, says=say(manager, "将新增 4 位会员，共 150 积分", "New members: 4, with points: 150"))
    is_told(manager, "已开始导入。", "The import has begun.")
    _comes_to_be(manager, "已完成", "done")
    progress = page.get_by_role("progressbar", name=word(manager, "进度", "Progress"), exact=True)
    expect(progress).to_have_attribute("value", "4")
    expect(progress).to_have_attribute("max", "4")
    # An import is undone by an admin alone.
    expect(page.get_by_role("button", name=say(manager, "撤销本次导入", "Undo this import"))).to_have_count(0)
    return page.url


def _upload(manager: Visitor, lines: list[str], *, name: str) -> None:
    page = manager.page
    content = "\r\n".join([HEADER, *lines]).encode("gb18030")
    page.set_input_files("#file", FilePayload(name=name, mimeType="text/csv", buffer=content))
    page.fill("#consent_source", "纸质入会表，存于总店")
    page.fill("#consent_version", "paper-2024")
    press(manager, "上传并检查", "Upload and check")
    expect(page.locator("h1")).to_have_text(name)


def _comes_to_be(visitor: Visitor, zh: str, en: str) -> None:
    """Without touching anything, the lines below too."""
    badge = visitor.page.locator("[data-fragment] .badge").first
    expect(badge).to_have_text(word(visitor, zh, en), timeout=WORKED_MS)
    expect(visitor.page.locator("[data-poll]")).to_have_count(0)


def _found(visitor: Visitor, phone: str) -> bool:
    """Whether there is a member with this number; their page is open then."""
    page = visitor.open("/console/members")
    page.fill("#phone", phone)
    press(visitor, "查找", "Find")
    expect(page.locator("#messages .alert, #card-head").first).to_be_visible()
    return page.locator("#card-head").count() == 1


def _noted(manager: Visitor, phone: str) -> None:
    assert _found(manager, phone)
    manager.page.fill("#note", "来店里问过会员日")
    press(manager, "保存备注", "Keep the note")
    expect(manager.page.locator("#notes")).to_contain_text("来店里问过会员日")


def _two_become_one(manager: Visitor, kept: str, merged: str) -> None:
    """Looked at first, then done; everything is with whom stays."""
    page = manager.page
    assert _found(manager, kept)
    follow(manager, "合并", "Merge")
    page.fill("#other", merged)
    press(manager, "查看会发生什么", "See what would happen")
    points = page.get_by_role("row").filter(
        has=page.get_by_role("rowheader", name=word(manager, "积分", "Points"), exact=True)
    )
    expect(points.locator("td")).to_have_text(["120", "30"])
    page.fill("#reason", "同一位顾客换了号码，已核对")
    press(manager, "合并为一位会员", "Merge them")
    confirm(manager, says=say(manager, "合并后无法撤销", "There is no way back"))
    is_told(manager, "已合并为一位会员。", "They are one member now.")
    expect(page.locator("section[aria-labelledby=card-head] .figure").first).to_have_text("150")
    expect(page.locator("h1")).to_have_text("阿一")


def _listed_and_tagged(browser: Browser, world: World, language: str, *, series: str, tag: str) -> None:
    """By a marketer: a list from a file with a line that names nobody, and the tag that came with the file."""
    with at_work(browser, world.stack.web_url, "marketer", language=language) as marketer:
        page = marketer.open("/console/member-lists")
        page.fill("#name", f"开业邀请（{language}）")
        press(marketer, "新建", "Make")
        expect(page.locator("h1")).to_have_text(f"开业邀请（{language}）")
        lines = f"{series}0001\r\n{series}0003\r\n{series}9999\r\n".encode()
        page.set_input_files("#file", FilePayload(name="邀请.txt", mimeType="text/plain", buffer=lines))
        press(marketer, "加入", "Add them")
        is_told(marketer, "已更改 2 位", "2 changed")
        is_told(marketer, "1 行没有找到会员，请核对：第 3 行", "1 lines name nobody; look at lines 3")
        expect(page.locator("main tbody tr")).to_have_count(2)
        page.get_by_role("link", name="阿三").click()
        tags = page.locator("section[aria-labelledby=tags-head] .badge")
        expect(tags).to_have_count(0)
        page.select_option("#tag", label=tag)
        press(marketer, "贴上", "Add", within=page.locator("section[aria-labelledby=tags-head]"))
        is_told(marketer, "标签已更新。", "Tags are up to date.")
        expect(tags).to_have_text([tag])
        page.select_option("#tag", label=tag)
        press(marketer, "去掉", "Remove")
        expect(tags).to_have_count(0)
        choose(marketer, ("会员", "Members"), ("标签", "Tags"))
        page.get_by_role("link", name=tag, exact=True).click()
        # Whom the file gave it.
        expect(page.locator("main tbody tr")).to_have_count(1)


def _taken_back(browser: Browser, world: World, language: str, url: str) -> None:
    """By an admin: whom nobody has met since is gone, the others stay and it is told why."""
    with at_work(browser, world.stack.web_url, "admin", language=language) as admin:
        page = admin.page
        page.goto(url)
        page.fill("#reason", "导错了门店")
        press(admin, "撤销本次导入", "Undo this import")
        confirm(
            admin, says=say(admin, "将删除本次导入且之后未使用过的会员", "whom nobody has touched since are erased")
        )
        is_told(admin, "正在撤销。", "It is being undone.")
        _comes_to_be(admin, "已撤销", "undone")
        expect(page.locator("[data-fragment]")).to_contain_text(
            word(admin, "已撤销 1 位，3 位保留", "1 undone, 3 stayed")
        )
        expect(page.locator("main tbody tr")).to_have_count(3)
        expect(page.locator("main table")).to_contain_text(
            word(admin, "员工已为该会员写下备注。", "Staff have written a note about the member since.")
        )
