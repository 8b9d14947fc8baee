"""The camera of the counter, looking at the code on a customer's phone: frames go to the server, nothing comes from elsewhere."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
import segno
from PIL import Image
from playwright.sync_api import Browser, FilePayload, expect

from tests.browser.conftest import ARGUMENTS
from tests.browser.counter_world import Shop, open_shop
from tests.browser.visitor import STORE, visiting
from tests.browser.world import World


def frame_of(code: str, *, turned: float = 0) -> bytes:
    """What a camera sees of a phone that shows a code."""
    drawn = io.BytesIO()
    segno.make_qr(code).save(drawn, kind="png", scale=8, border=4)
    drawn.seek(0)
    seen = Image.new("RGB", (640, 480), (120, 110, 100))
    seen.paste(Image.open(drawn).convert("RGB").rotate(turned, expand=True, fillcolor=(120, 110, 100)), (140, 70))
    out = io.BytesIO()
    seen.save(out, "JPEG", quality=85)
    return out.getvalue()


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """Where the fake camera reads from: JPEG after JPEG."""
    return tmp_path / "phone.mjpeg"


@pytest.fixture
def shop(world: World) -> Shop:
    return open_shop(world)


@pytest.fixture
def watching(browser_path: str, film: Path, browser: Browser) -> Iterator[Browser]:
    """A browser of its own: the film is named when it starts."""
    film.write_bytes(frame_of("0"))
    with_film = f"--use-file-for-fake-video-capture={film}"
    own = browser.browser_type.launch(executable_path=browser_path, args=[*ARGUMENTS, with_film])
    yield own
    own.close()


def test_the_camera_reads_a_code_and_scans_it(watching: Browser, film: Path, world: World, shop: Shop) -> None:
    customer = shop.customer("戊", "满50减10")
    with visiting(watching, world.stack.web_url, permissions=["camera"]) as visitor:
        visitor.sign_in("clerk", store_code=STORE)
        page = visitor.page
        page.fill("#bill-first", "100")
        code = customer.draw_code()
        film.write_bytes(b"".join(frame_of(code, turned=turned) for turned in range(-6, 7, 2)))
        page.locator("#use-camera").click()
        expect(page.locator("#payable")).to_have_text("¥90.00", timeout=30_000)
        expect(page.locator("#camera")).to_be_hidden()
        page.locator("#settle button").press("Enter")
        expect(page.locator("#work .band-good")).to_be_visible()
        visitor.assert_clean()


def test_a_photo_is_as_good_and_one_without_a_code_says_so(browser: Browser, world: World, shop: Shop) -> None:
    with visiting(browser, world.stack.web_url) as visitor:
        visitor.sign_in("clerk", store_code=STORE)
        page = visitor.page
        page.locator("#use-camera").click()
        empty = io.BytesIO()
        Image.new("RGB", (3_000, 2_000), "white").save(empty, "JPEG")
        page.set_input_files("#photo", _photo(empty.getvalue()))
        expect(page.locator("#camera-says")).to_contain_text("没有找到码")
        large = Image.open(io.BytesIO(frame_of(shop.customer("己").draw_code()))).resize((2_560, 1_920))
        out = io.BytesIO()
        large.save(out, "JPEG")
        page.set_input_files("#photo", _photo(out.getvalue()))
        expect(page.locator("#work [data-step=visit]")).to_contain_text("己")
        visitor.assert_clean()


def _photo(data: bytes) -> FilePayload:
    return {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": data}
