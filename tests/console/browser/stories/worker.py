"""A person at work in the console: what people do with a browser, in their language, with each click counted."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import BrowserContext, Locator, Page, expect

Words = tuple[str, str]
"""Text of a page, in Persian and in English."""
Kind = Literal["link", "button", "radio", "checkbox"]

SIGN_OUT = ("خروج", "Sign out")
TODAY = ("امروز", "Today")
NOTICES = ("ابلاغیه‌ها", "Notices")
SEARCH, FIND = ("جست‌وجوی ابلاغیه", "Find a notice"), ("جست‌وجو", "Find")
REASON = ("علت", "Reason")
PREVIEW = ("نمایش آنچه ثبت می‌شود", "Show what will be recorded")
CONFIRM = ("تأیید و ثبت", "Confirm and record")
RECORDED = ("به نام شما ثبت شد", "Recorded under your name")

PATIENCE = 60_000
"""Milliseconds. A busy machine is no failure."""
expect.set_options(timeout=PATIENCE)

_LATIN = {ord("0") + digit: "۰۱۲۳۴۵۶۷۸۹"[digit] for digit in range(10)}


def persian(digits: str) -> str:
    """Write a text with the digits of a Persian keyboard."""
    return digits.translate(_LATIN)


@dataclass
class Worker:
    """One person with one browser, who reads ``language``."""

    context: BrowserContext
    page: Page
    address: str
    language: str
    login: str
    clicks: int = field(default=0)

    def says(self, words: Words | str) -> str:
        """Return what a page says in this person's language."""
        return words if isinstance(words, str) else words[self.language == "en"]

    def number(self, number: int | str) -> str:
        """Return a number, such as that of a case, as pages write it in this person's language."""
        return str(number) if self.language == "en" else persian(str(number))

    @property
    def main(self) -> Locator:
        return self.page.locator("main")

    @property
    def text(self) -> str:
        """Return the text of the page's contents."""
        return self.main.inner_text()

    def start(self) -> None:
        """Go to the first page: its address is all that the person knows by heart."""
        self.page.goto(self.address)

    def click(self, kind: Kind, words: Words | str, within: Locator | None = None) -> None:
        """Click the first thing of a kind that has these words, and no others, as its name."""
        where = self.page if within is None else within
        where.get_by_role(kind, name=self.says(words), exact=True).first.click()
        self.clicks += 1

    def click_at(self, place: Locator) -> None:
        """Click something that has no role of its own, such as the words that unfold a part."""
        place.click()
        self.clicks += 1

    def unfold(self, words: Words | str) -> None:
        if self.part(words).get_attribute("open") is None:
            self.click_at(self.part(words).locator("summary").first)

    def fill(self, label: Words | str, text: str, within: Locator | None = None) -> None:
        """Type into the field with a label, as a person does who clicked into it."""
        where = self.page if within is None else within
        where.get_by_label(self.says(label), exact=True).first.fill(text)
        self.clicks += 1

    def part(self, words: Words | str) -> Locator:
        """Return the part of the page that these words unfold."""
        return self.page.locator("details").filter(has=self.page.locator("summary", has_text=self.says(words)))

    def attach(self, label: Words, *paths: Path) -> None:
        self.page.get_by_label(self.says(label)).set_input_files(list(paths))
        self.clicks += 1

    def choose(self, label: Words | str, option: Words | str) -> None:
        """Choose an option from a list."""
        self.page.get_by_label(self.says(label), exact=True).first.select_option(label=self.says(option))
        self.clicks += 1

    def sees(self, words: Words | str, within: Locator | None = None) -> None:
        """Wait until the page says so."""
        expect(self.main if within is None else within).to_contain_text(self.says(words))

    def never_sees(self, words: Words | str) -> None:
        expect(self.main).not_to_contain_text(self.says(words))

    def is_at(self, path: str) -> None:
        """Wait for a page, by a regular expression for the whole of its path."""
        expect(self.page).to_have_url(re.compile(f"^{re.escape(self.address)}{path}([?#].*)?$"))

    def is_offered(self, kind: Kind, words: Words | str) -> bool:
        return self.page.get_by_role(kind, name=self.says(words), exact=True).count() > 0

    def save(self, words: Words, path: Path) -> Path:
        """Click a link to a file, and have the browser keep it at ``path``."""
        with self.page.expect_download() as started:
            self.click("link", words)
        assert started.value.failure() is None
        started.value.save_as(path)
        return path

    def preview(self, reason: str, within: Locator | None = None, look: Words = PREVIEW) -> dict[str, str]:
        """Give the reason of an act; return the record that its preview shows."""
        self.fill(REASON, reason, self.main if within is None else within)
        self.click("button", look, self.main if within is None else within)
        shown: dict[str, str] = json.loads(self.main.locator("pre").inner_text())
        return shown

    def confirm(self) -> str:
        """Confirm what the preview shows; return the id of the record that the next page names."""
        self.click("button", CONFIRM)
        self.sees(RECORDED)
        return parse_qs(urlsplit(self.page.url).query)["recorded"][0]

    def act(self, reason: str, within: Locator | None = None, look: Words = PREVIEW) -> str:
        """Give a reason, read the preview and confirm it; return the record's id."""
        self.preview(reason, within, look)
        return self.confirm()

    def look_for(self, text: str) -> None:
        """Search the list of notices."""
        self.fill(SEARCH, text)
        self.click("button", FIND)

    def leave(self) -> None:
        self.click("button", SIGN_OUT)
        self.is_at("/sign-in")
