"""Acts on versions by the pages, as a person does them: the form, the preview, the confirmation."""

from __future__ import annotations

import re
from html import unescape
from io import BytesIO
from typing import Any

from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from adapters.shipped.resources import CASE_MAPPING
from tests.console.real_people import Console, RealBrowser

TEXT = CASE_MAPPING.read_text(encoding="utf-8")
ADMINISTRATOR, APPROVER = "mapping-administrator", "approver"
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


def view(name: str, **changes: str) -> bytes:
    """Return the shipped mapping under another name, with these texts replaced."""
    text = TEXT.replace('name = "case-view-1"', f'name = "{name}"')
    for before, after in changes.items():
        assert before in text
        text = text.replace(before, after)
    return text.encode()


def hidden_of(page: str) -> MultiDict[str, str]:
    """Return the hidden fields of the form in a page's contents."""
    return MultiDict([(name, unescape(value)) for name, value in _HIDDEN.findall(page.partition("<main")[2])])


def asked(browser: RealBrowser, path: str, **fields: Any) -> TestResponse:
    """Send the form of an act; the answer is its preview, or the form with an error."""
    return browser.post(path, path, **fields)


def confirm(browser: RealBrowser, path: str, preview: TestResponse) -> TestResponse:
    """Confirm what a preview shows."""
    assert preview.status_code == 200, preview.text[-3000:]
    fields = hidden_of(preview.text)
    assert "confirmed" in fields, preview.text[-3000:]
    return browser.client.post(path, data=fields, headers={"Sec-Fetch-Site": "same-origin"})


def done(browser: RealBrowser, path: str, **fields: Any) -> TestResponse:
    """Do an act by form, preview and confirmation."""
    answer = confirm(browser, path, asked(browser, path, **fields))
    assert answer.status_code == 302, answer.text[-3000:]
    browser.console.clock.advance(seconds=1)
    return answer


def imported(browser: RealBrowser, octets: bytes, reason: str = "نامه ۱") -> str:
    """Import a mapping by the page; return the address of its version."""
    file = (BytesIO(octets), "view.toml")
    answer = done(browser, "/mappings/import", file=file, source=["cases"], reason=reason)
    return answer.headers["Location"].partition("?")[0]


def state_of(console: Console, path: str) -> str:
    name, number = path.split("/")[-2:]
    found = console.installation.store().versions.get(name, int(number))
    assert found is not None
    return found.state.value
