"""The offline page in a browser, opened from a file: good, altered, foreign and forked certificates, and pictures."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
import segno
from PIL import Image, ImageChops, ImageFilter
from playwright.sync_api import Browser, Page, expect

from adapters.certificate.offline_page import PublishedCheckpoint, offline_page
from gateway.certificate.certificate_text import PREFIX, PrintedCertificate, base45, from_base45
from gateway.merkle.checkpoint import Checkpoint
from gateway.notice.text import fold
from tests.certificate.samples import FINGERPRINT, KEY, PERSON, STRANGER, certificate, deadline, printed
from tests.console.browser.axe import violations
from tests.debian import needs

pytestmark = [needs("chromium"), pytest.mark.long]

OFFLINE = Path(__file__).parents[2] / "adapters/certificate/offline"
GOOD, FORKED = printed(certificate()), printed(certificate(), seed=1)
SMALL, LATER, UNPUBLISHED = (printed(certificate(), hashes) for hashes in (5, 22, 12))
WITHOUT_ARRIVAL = printed(certificate(delivered_at=None), 22)
UNKNOWN = printed(certificate(service=None, delivered_at=None, viewed_at=None), 22)
NOT_YET = printed(certificate(service=None, viewed_at=None), 22)
COURT = replace(deadline(), rule="article-77/ruling/court-complaint@1403-01-01 sha256:0123456789abcdef0123")
WITH_DEADLINE = printed(certificate(deadline=COURT), 22)


def checkpoint(made: PrintedCertificate) -> Checkpoint:
    return made.opened(KEY.verifier)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    published = [PublishedCheckpoint(size=each.size, root=each.root) for each in map(checkpoint, (SMALL, GOOD))]
    path = tmp_path_factory.mktemp("offline") / "certificate.html"
    path.write_bytes(
        offline_page(KEY.name, KEY.verifier.public, published, {"article-100": "کمیسیون ماده ۱۰۰ </script>"})
    )
    return path


@pytest.fixture
def page(browser: Browser, file: Path) -> Iterator[Page]:
    """A page that may not reach anything; whatever it says on its console is an error."""
    context = browser.new_context(viewport={"width": 800, "height": 1000}, offline=True)
    opened, said, asked = context.new_page(), list[str](), list[str]()
    opened.set_default_timeout(0)
    opened.on("console", lambda message: said.append(message.text))
    opened.on("pageerror", lambda error: said.append(str(error)))
    opened.on("request", lambda request: asked.append(request.url))
    opened.goto(file.as_uri())
    yield opened
    context.close()
    assert said == []
    assert asked == [file.as_uri()]


def verify(page: Page, text: str) -> str:
    """Return the kind of verdict on a text: good, bad or open."""
    page.locator("#text").fill(text)
    page.locator("#verify").click()
    return verdict(page)


def verdict(page: Page) -> str:
    box = page.locator("#verdict [data-verdict]:not(:has-text('در حال خواندن'))")
    box.wait_for()
    return str(box.get_attribute("data-verdict"))


def field(page: Page, name: str) -> str:
    return page.locator(f"tr[data-field={name}] td").inner_text()


def test_a_good_certificate_shows_its_fields(page: Page) -> None:
    assert verify(page, GOOD.text + "\n") == "good"
    expect(page.locator("#verdict strong")).to_have_text("تأیید شد")
    assert page.locator("html").get_attribute("dir") == "rtl"
    assert field(page, "served") == "۱۴۰۴/۱۱/۱۱"
    assert field(page, "delivered") == "۱۴۰۴/۱۱/۱۱ ساعت ۱۲:۰۰:۱۵ به وقت تهران"
    assert field(page, "effect") == "ابلاغ واقعی"
    assert field(page, "deadline") == "آخرین روز تأییدشده‌ای معلوم نیست"
    assert "مخاطب مقیم ایران" in page.locator("tr[data-field=deadline] th").inner_text()
    assert field(page, "issuer") == "کمیسیون ماده ۱۰۰ </script> (article-100)"
    assert field(page, "seal") == GOOD.certificate.seal
    assert page.locator("#fingerprint").inner_text().replace(" ", "") == FINGERPRINT
    assert page.evaluate("document.activeElement.id") == "verdict"


def test_a_date_of_service_without_a_receipt_of_arrival_is_the_latest_possible_one(page: Page) -> None:
    assert verify(page, WITHOUT_ARRIVAL.text) == "open"
    assert field(page, "served-by") == "۱۴۰۴/۱۱/۱۱"
    assert "حداکثر تا" in page.locator("tr[data-field=served-by] th").inner_text()


def test_a_certificate_without_a_receipt_of_arrival_denies_no_service(page: Page) -> None:
    assert verify(page, UNKNOWN.text) == "open"
    assert field(page, "effect") == "نامعلوم؛ رسید وصول دریافت نشده است"
    assert verify(page, NOT_YET.text) == "open"
    assert field(page, "effect") == "به موجب قاعده حاکم، هنوز ابلاغ نشده"


def test_a_last_day_says_of_which_deadline_it_is(page: Page) -> None:
    assert verify(page, WITH_DEADLINE.text) == "open"
    assert field(page, "deadline").startswith("۱۴۰۴/۱۱/۲۳، مهلت شکایت در دیوان عدالت اداری (article-77/")
    assert verify(page, printed(certificate(deadline=deadline()), 22).text) == "open"
    assert field(page, "deadline").startswith("۱۴۰۴/۱۱/۲۳ (article-100-primary 3; ")


def test_every_text_is_there_in_english(page: Page) -> None:
    assert verify(page, printed(certificate(deadline=deadline())).text) == "bad", "another tree of that size"
    assert verify(page, GOOD.text) == "good"
    page.locator("#language").click()
    expect(page.locator("#verdict strong")).to_have_text("Verified")
    assert (page.locator("html").get_attribute("lang"), page.locator("html").get_attribute("dir")) == ("en", "ltr")
    assert field(page, "delivered") == "2026-01-31 12:00:15 Tehran (1404/11/11)"
    assert field(page, "effect") == "actual service"
    shown = page.locator("main").inner_text()
    assert not [sign for sign in shown.replace("کمیسیون ماده ۱۰۰", "") if "\u0600" <= sign <= "\u06ff"]


def test_an_altered_certificate_is_rejected(page: Page) -> None:
    octets = from_base45(GOOD.text.removeprefix(PREFIX))
    later = printed(certificate(kind="execution-order"))
    swapped = PrintedCertificate(
        certificate=later.certificate,
        salt=GOOD.salt,
        index=GOOD.index,
        size=GOOD.size,
        path=GOOD.path,
        log=GOOD.log,
        key_id=GOOD.key_id,
        signature=GOOD.signature,
    )
    assert verify(page, swapped.text) == "bad"
    expect(page.locator("#verdict")).to_contain_text("به این برگه استناد نکنید")
    assert page.locator("#found").is_hidden()
    for at in range(0, len(octets), 61):
        changed = bytearray(octets)
        changed[at] ^= 1
        assert verify(page, PREFIX + base45(bytes(changed))) == "bad"
    for wrong in ("", "https://city.example/", PREFIX, GOOD.text[:-4], GOOD.text + "00", PREFIX + "٠" * 30):
        assert verify(page, wrong) == "bad"


def test_another_log_is_rejected(page: Page) -> None:
    assert verify(page, printed(certificate(), signer=STRANGER).text) == "bad"
    expect(page.locator("#verdict strong")).to_have_text("رد شد: دفتر دیگر")
    assert page.locator("#found").is_hidden()


def test_another_history_is_rejected(page: Page) -> None:
    for forked in (FORKED, UNPUBLISHED):
        assert checkpoint(forked)
        assert verify(page, forked.text) == "bad"
        expect(page.locator("#verdict strong")).to_have_text("رد شد: تاریخچه دیگر")


def test_a_newer_checkpoint_is_said_to_be_unknown(page: Page) -> None:
    assert verify(page, LATER.text) == "open"
    expect(page.locator("#verdict")).to_contain_text("از این صفحه تازه‌تر است")
    assert page.locator("#found").is_visible()


def test_the_recipient_is_compared_as_printed(page: Page) -> None:
    assert verify(page, GOOD.text) == "good"
    name, identifier, case = PERSON
    for typed, same in (
        ((name, identifier, case), "good"),
        ((name.replace("ی", "ي") + " ", "۰۰۱۲۳۴۵۶۷۹", case), "good"),
        (("مهرداد رضایی", identifier, case), "bad"),
        ((name, "0012345678", case), "bad"),
    ):
        for id, text in zip(("name", "identifier", "case-number"), typed, strict=True):
            page.locator(f"#{id}").fill(text)
        page.locator("#compare").click()
        page.locator("#compared [data-verdict]").wait_for()
        assert page.locator("#compared [data-verdict]").get_attribute("data-verdict") == same


def test_names_are_folded_as_the_gateway_does(browser: Browser, file: Path) -> None:
    script = (OFFLINE / "certificate.js").read_text(encoding="utf-8")
    names = ["ك ي ة ۀ أ إ ٱ ؤ ئ ى", "علی\u200cرضا  کاظمی", "مُحَمَّد", "ﷲ ﻻ", "Ali GREEN ١٢٣۴۵", "\u202eabc\u2069ـ"]
    page = browser.new_page()
    page.goto("about:blank")
    page.evaluate(f"{script}\nglobalThis.folded = folded;\n0")
    assert [page.evaluate("name => folded(name)", each) for each in names] == [fold(each) for each in names]
    page.close()


def test_the_page_is_accessible(page: Page) -> None:
    assert verify(page, GOOD.text) == "good"
    assert violations(page) == []
    page.locator("#language").click()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_an_old_browser_is_told(browser: Browser, file: Path) -> None:
    page = browser.new_page()
    page.add_init_script("delete globalThis.DecompressionStream")
    page.goto(file.as_uri())
    expect(page.locator("#verdict strong")).to_have_text("این مرورگر نمی‌تواند راستی‌آزمایی کند")
    assert page.locator("#verify").is_disabled()
    page.close()


def test_every_version_and_level_of_codes_is_read(browser: Browser) -> None:
    """segno makes them; two modules of each are wrong."""
    page = browser.new_page()
    page.goto("about:blank")
    script = (OFFLINE / "qr_symbol.js").read_text(encoding="utf-8")
    page.evaluate(f"{script}\nglobalThis.read = (rows) => symbolText(rows.length, (x, y) => rows[y][x] === '1');\n0")
    texts = ("0123456", "EBC1:", "گوا")
    for number, (version, level) in enumerate(product(range(1, 41), "lmqh")):
        text = texts[number % 3]
        made = segno.make(text, version=version, error=level, boost_error=False, micro=False)
        rows = ["".join("1" if dark else "0" for dark in row) for row in made.matrix]
        # Two modules of the last corner are wrong.
        rows[-1] = rows[-1][:-2] + rows[-1][-2:].translate(str.maketrans("01", "10"))
        assert page.evaluate("rows => read(rows)", rows) == text, (version, level)
    page.close()


def code(text: str, scale: int = 5) -> Image.Image:
    octets = io.BytesIO()
    segno.make(text, error="l", micro=False).save(octets, kind="png", scale=scale, border=4)
    return Image.open(octets).convert("L")


def on_paper(text: str) -> Image.Image:
    paper = Image.new("L", (1300, 1500), 235)
    paper.paste(code(text), (500, 700))
    return paper


def seen_aslant(picture: Image.Image) -> Image.Image:
    """Return a picture from the side: its left edge is nearer."""
    width, height = picture.size
    corners = (-60, -20, -60, height + 40, width + 20, height - 90, width + 30, 110)
    return picture.transform(picture.size, Image.Transform.QUAD, corners, Image.Resampling.BICUBIC, fillcolor=200)


def grainy(picture: Image.Image) -> Image.Image:
    soft = picture.filter(ImageFilter.GaussianBlur(1))
    return ImageChops.add(soft, Image.effect_noise(soft.size, 16), 1, -128)


def in_shadow(picture: Image.Image) -> Image.Image:
    shade = Image.linear_gradient("L").resize(picture.size).point(lambda value: 100 + value * 0.6)
    return ImageChops.multiply(picture, shade)


PICTURES = {
    "a scan": on_paper,
    "a code alone": code,
    "turned": lambda text: on_paper(text).rotate(33, Image.Resampling.BICUBIC, expand=True, fillcolor=220),
    "upside down": lambda text: on_paper(text).rotate(180),
    "aslant": lambda text: seen_aslant(on_paper(text)),
    "grainy": lambda text: grainy(on_paper(text)),
    "in shadow": lambda text: in_shadow(on_paper(text)),
    "small": lambda text: on_paper(text).resize((780, 900), Image.Resampling.LANCZOS),
}


@pytest.mark.parametrize("name", PICTURES)
def test_a_code_is_read_from_a_picture(page: Page, tmp_path: Path, name: str) -> None:
    picture = tmp_path / "photo.png"
    PICTURES[name](GOOD.text).save(picture)
    page.locator("#picture").set_input_files(picture)
    assert verdict(page) == "good"
    assert page.locator("#text").input_value() == GOOD.text


def test_a_picture_without_a_code_is_told(page: Page, tmp_path: Path) -> None:
    picture = tmp_path / "photo.png"
    Image.new("L", (400, 300), 200).save(picture)
    page.locator("#picture").set_input_files(picture)
    expect(page.locator("#verdict strong")).to_have_text("رمزینه‌ای خوانده نشد")
    (tmp_path / "text.png").write_text("no picture")
    page.locator("#picture").set_input_files(tmp_path / "text.png")
    expect(page.locator("#verdict strong")).to_have_text("مرورگر این فایل را به عنوان تصویر نمی‌شناسد")
