"""Every text of a template or a view has a Persian translation, and no translation is of a text that is gone."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from babel.messages.extract import extract
from babel.messages.pofile import read_po

import adapters.console
from adapters.console.language.languages import catalogue

CONSOLE = Path(adapters.console.__file__).parent
MESSAGES = [
    message
    for file in sorted((CONSOLE / "translations" / "fa").glob("*.po"))
    for message in read_po(BytesIO(file.read_bytes()), locale="fa")
    if message.id
]
TRANSLATED = {str(message.id if isinstance(message.id, str) else message.id[0]): message for message in MESSAGES}


def texts() -> set[str]:
    """Return the texts that templates and views name."""
    found = set()
    for file in sorted(CONSOLE.rglob("*")):
        method = {".html": "jinja2.ext:babel_extract", ".py": "python"}.get(file.suffix)
        if method is None:
            continue
        with file.open("rb") as octets:
            for _, message, _, _ in extract(method, octets, options={"trimmed": "true"}):
                found.add(message if isinstance(message, str) else message[0])
    return found


def test_every_text_is_translated() -> None:
    """A page in Persian never shows an English text of ours."""
    assert sorted(texts() - TRANSLATED.keys()) == []


def test_no_translation_is_of_a_text_that_is_gone() -> None:
    assert sorted(TRANSLATED.keys() - texts()) == []


def test_every_text_is_translated_once() -> None:
    """A text of two areas stands in `site.po`; two translations of it could differ."""
    assert len(MESSAGES) == len(TRANSLATED)


def test_no_translation_is_empty_or_doubtful() -> None:
    wrong = [key for key, message in TRANSLATED.items() if not message.string or message.fuzzy]
    assert wrong == []


def test_a_number_of_things_is_persian_whatever_the_number() -> None:
    plurals = [message.id for message in MESSAGES if not isinstance(message.id, str)]
    assert plurals
    for one, many in plurals:
        assert {catalogue("fa").ngettext(one, many, number) for number in range(4)} & {one, many} == set()


def test_translations_take_the_same_values() -> None:
    """A placeholder that is missing in one language hides a value from its readers."""
    for key, message in TRANSLATED.items():
        strings = [message.string] if isinstance(message.string, str) else list(message.string)
        for string in strings:
            assert placeholders(string) == placeholders(key), key


def placeholders(text: str) -> set[str]:
    """Return the names between ``%(`` and ``)s``."""
    return {part.split(")s")[0] for part in text.split("%(")[1:]}
