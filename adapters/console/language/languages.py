"""Languages of the pages: Persian first, English beside it.

Texts of templates stand in English there and in Persian in ``translations/fa``, a file for each area; a test finds any
that lacks a translation. Texts of the core come as `Words`.
"""

from __future__ import annotations

import gettext
from collections.abc import Callable
from functools import cache, wraps
from importlib.resources import files
from io import BytesIO
from typing import Any, Final

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask, g, request
from markupsafe import Markup

from adapters.pages.rendering import visible
from gateway.runtime.bilingual import Words
from gateway.runtime.errors import CatalogueEntry, GatewayError

LANGUAGES: Final = ("fa", "en")
COOKIE: Final = "eblagh-language"


@cache
def catalogue(language: str) -> gettext.NullTranslations:
    """Return the texts of templates in a language. English is the language of the templates."""
    if language == "en":
        return gettext.NullTranslations()
    texts = Catalog(locale=language)
    for file in files("adapters.console").joinpath("translations", language).iterdir():
        part = read_po(BytesIO(file.read_bytes()), locale=language)
        texts.mime_headers = part.mime_headers  # with the plural forms; Babel's own say two for Persian
        for message in part:
            if message.id:
                texts[message.id] = message
    compiled = BytesIO()
    write_mo(compiled, texts)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def language() -> str:
    """Return the language of the present request: the one chosen last, else Persian."""
    if "language" not in g:
        chosen = request.cookies.get(COOKIE, "")
        g.language = chosen if chosen in LANGUAGES else LANGUAGES[0]
    return str(g.language)


def direction() -> str:
    """Return the direction of the present language's script."""
    return "rtl" if language() == "fa" else "ltr"


def say(words: Words) -> str:
    """Return ``words`` in the language of the present request."""
    return words.fa if language() == "fa" else words.en


def meaning(entry: CatalogueEntry) -> str:
    """Return the meaning of an error."""
    return say(Words(en=entry.en, fa=entry.fa))


def remedy(entry: CatalogueEntry) -> str:
    """Return the remedy of an error for a reader of a page."""
    return say(entry.on_page)


def finding(error: GatewayError) -> Markup:
    """Return the finding of an error: in the present language if it has one, else in English and marked as such."""
    if error.found is not None:
        # Of the page's direction: a text that begins with a key or a name is no text of theirs.
        return Markup('<bdi dir="{}">{}</bdi>').format(direction(), visible(say(error.found)))
    return Markup('<bdi lang="en" dir="ltr">{}</bdi>').format(visible(error.detail)) if error.detail else Markup("")


def with_remedy(finding: str, remedy: str) -> str:
    """Return a finding and its remedy as one text, with a mark between them unless the finding ends a sentence."""
    between = "" if not finding or finding[-1] in ".!?؟:" else "؛" if language() == "fa" else ";"
    return f"{finding}{between} {remedy}" if remedy else finding


def told_at(error: GatewayError | None, *codes: str) -> str:
    """Return the meaning of an error that belongs to a field: one with one of these codes. Any other gives nothing."""
    return meaning(error.entry) if error is not None and error.code in codes else ""


def _(text: str) -> str:
    """Return a text of a view in the language of the present request."""
    return catalogue(language()).gettext(text)


def install(app: Flask) -> None:
    """Let the templates of ``app`` speak both languages."""
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        lambda text: catalogue(language()).gettext(text),
        lambda one, many, number: catalogue(language()).ngettext(one, many, number),
        newstyle=True,
    )
    texts: dict[str, Any] = app.jinja_env.globals
    texts.update({name: _with_visible_values(texts[name]) for name in ("gettext", "ngettext")})
    app.jinja_env.globals.update(
        say=say, meaning=meaning, remedy=remedy, finding=finding, told_at=told_at, with_remedy=with_remedy
    )
    app.context_processor(lambda: {"language": language(), "direction": direction(), "languages": LANGUAGES})


def _with_visible_values(text: Callable[..., str]) -> Callable[..., str]:
    """Return a function of texts that tells hidden signs of its values, as running text does; markup stays."""

    @wraps(text)
    def said(*args: Any, **values: Any) -> str:
        return text(*args, **{name: visible(value) for name, value in values.items()})

    return said
