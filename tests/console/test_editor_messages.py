"""Messages of the mapping editor name the control, the line and the word, and are Persian on a Persian page."""

from __future__ import annotations

import html
import re
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from adapters.composition.installation import Installation
from gateway.people.permissions import Role
from tests.console.sent_form import SentForm
from tests.console.signed_in import pages_of, visitor

pytestmark = pytest.mark.long

EDITOR = "/mappings/edit/cases"
NEW = "n.recipient.city"
CITY = {f"{NEW}:from": "district"}


@pytest.fixture(scope="module")
def installation(fresh_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    folder = shutil.copytree(fresh_folder, tmp_path_factory.mktemp("messages") / "folder")
    with closing(Installation.of(folder / "gateway.toml")) as installation:
        yield installation


def _told(installation: Installation, language: str, **typed: str) -> tuple[str, str]:
    """Return the message above the form with these texts, and the place to which it leads."""
    asker = visitor(pages_of(installation), Role.MAPPING_ADMINISTRATOR, language=language)
    sent = SentForm.of(asker.page(EDITOR))
    texts = {name: text.replace("AND", sent.get(name, "")) for name, text in typed.items()}
    answer = asker.post(EDITOR, **(sent | texts | {"act": "save", "reason": "why"}))
    assert answer.status_code == 422
    [said] = re.findall(r"<li>(.*?)</li>", answer.text.split('id="says"')[1].split("</ul>")[0], re.DOTALL)
    place = re.search(r'href="#([^"]+)"', said)
    text = html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", said)))
    return text.strip(), place[1] if place else ""


@pytest.mark.parametrize(
    ("typed", "place", "english", "persian"),
    [
        (
            {"w:name": "recipient-kind", "w:entries": "a = b"},
            "f-w",
            "Name: there is a table “recipient-kind” already",
            "نام: جدول «recipient-kind» از پیش هست",
        ),
        ({"w:entries": "a = b"}, "f-w", "Name: the new table has no name", "نام: جدول تازه نام ندارد"),
        (
            {"w:name": "new", "w:entries": "a = b\nc"},
            "f-w",
            "Words: line 2 is no entry: “c”",
            "واژه‌ها: سطر ۲ ورودی نیست: «c»",
        ),
        ({"t0:entries": "AND\nحقيقي = NATURAL"}, "f-t0", "Words: حقيقي: ", "واژه‌ها: حقيقي: واژه‌ای دو بار"),
        (
            {**CITY, f"{NEW}:do.0": "pad", f"{NEW}:with.0": "width = ده"},
            "f-recipient.city",
            "Parameters of transform 1: width: ",
            "پارامترهای تبدیل ۱: width: مقدار یک پارامتر تبدیل درست نیست. عدد صحیح لازم است.",
        ),
        ({**CITY, f"{NEW}:value": "x"}, "f-recipient.city", "from and value", "from و value"),
        (
            {f"{NEW}:expression": "join(' ', [district"},
            "f-recipient.city",
            "Expression (text of the mapping file): ",
            "عبارت ناتمام است",
        ),
        (
            {f"{NEW}:value": "[x]"},
            "f-recipient.city",
            'Fixed value: “[x]” cannot be read. Write a list of texts, such as: ["…", "…"]',
            "مقدار ثابت: «[x]» خوانده نمی‌شود",
        ),
        ({f"{NEW}:from": "[x"}, "f-recipient.city", "Column: “[x” cannot be read.", "ستون: «[x» خوانده نمی‌شود"),
        (
            {**CITY, f"{NEW}:when": "status"},
            "f-recipient.city",
            "“status” cannot be read. Write a condition",
            "«status» خوانده نمی‌شود. شرط بنویسید",
        ),
        ({"more:text": "[[field]]\ntarget = x"}, "f-more", "line 2, column 10", "سطر ۲، ستون ۱۰"),
        ({"more:text": "[[field]]\ntarget ="}, "f-more", "is not complete: Invalid value", "متن فایل نگاشت ناتمام است"),
        ({"more:text": '[[field]]\ntarget = """a'}, "f-more", "is not complete", "متن فایل نگاشت ناتمام است"),
        ({"more:text": "a = 1"}, "f-more", "“a” may not stand here", "«a» در اینجا مجاز نیست"),
        (
            {"more:text": '[[field]]\ntarget = "extra.b"\nfrom = "district"\n\n[tables.recipient-kind]\nfold = true'},
            "f-more",
            "line 5: ",
            "سطر ۵: فایل نگاشت به قالب TOML نیست. ستون ۲۳: جدول ",
        ),
        (
            {"more:text": '[[field]]\ntarget = "extra.b"\nfrom = "districtt"'},
            "f-more",
            "line 3: ",
            "سطر ۳: ",
        ),
        (
            {"more:text": '[[field]]\ntarget = "extra.b"\nfrom = "district"\nrequire = true'},
            "f-more",
            "require. Did you mean “required”?",
            "require. آیا منظور «required» است؟",
        ),
        (
            {**CITY, f"{NEW}:when": '{ from = "district" }'},
            "f-recipient.city",
            "from; one source and one test are wanted.",
            "from؛ یک منبع و یک آزمون لازم است.",
        ),
    ],
)
def test_a_message_names_its_place_and_word(
    installation: Installation, typed: dict[str, str], place: str, english: str, persian: str
) -> None:
    said, at = _told(installation, "en", **typed)
    assert english in said
    assert at == place
    said, at = _told(installation, "fa", **typed)
    assert persian in said
    assert at == place
    assert not re.search(r"[a-z]+ [a-z]+ [a-z]+", said), said
