"""Values of form controls are exact, and hidden signs of running text are told by their numbers."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from flask import Flask, render_template_string

from adapters.composition.installation import Installation
from tests.console.signed_in import pages_of

HIDDEN = "a\u200f\u00a0\u202e<b>\"'&b"


@pytest.fixture(scope="module")
def app(fresh: Installation) -> Flask:
    return pages_of(fresh)


class _Read(HTMLParser):
    """Reader of the value of the first control, and of all running text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.value, self.text = "", ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.value = self.value or dict(attrs).get("value") or ""

    def handle_data(self, data: str) -> None:
        self.text += data


def _read(app: Flask, template: str) -> _Read:
    with app.test_request_context("/"):
        return _Read(render_template_string(template, x=HIDDEN, wrong=True))


@pytest.mark.parametrize(
    "template",
    [
        '<input value="{{ x }}">',
        '<input id="{{ x }}" type="hidden" name="a"{% if wrong %} class="b"{% endif %} value="{{ x }}" list="{{ x }}">',
        '<option value="{{ x if wrong else "c" }}"{% if wrong %} selected{% endif %}>{{ "d" }}</option>',
        '{% macro field(y) %}<input value="{{ y }}">{% endmacro %}<p>{{ field(x) }}</p>',
        '<input\n name="a"\n value="{{- x -}}">',
    ],
)
def test_a_value_is_exact(app: Flask, template: str) -> None:
    assert _read(app, template).value == HIDDEN


def test_the_text_of_a_textarea_is_exact(app: Flask) -> None:
    assert _read(app, '<textarea id="{{ x }}" rows="2">{{ x }}</textarea>').text == HIDDEN


@pytest.mark.parametrize(
    "template",
    [
        "<p>{{ x }}</p>",
        '<input value="a"><p>{{ x }}</p>',
        '<option value="{{ 1 }}">{{ x }}</option>',
        '<textarea name="a">b</textarea>{{ x }}',
        "<pre>{{ x }}</pre>",
        "<p>{{ x|code }}</p>",
        "<p>{{ x|file_number }}</p>",
        '<p>{{ _("%(x)s", x=x) }}</p>',
        '<p>{{ ngettext("%(x)s", "%(x)s", 1, x=x) }}</p>',
        '<p>{{ ngettext("%(x)s", "%(x)s", 2, x=x|code) }}</p>',
    ],
)
def test_running_text_tells_its_hidden_signs(app: Flask, template: str) -> None:
    assert _read(app, template).text.removeprefix("b") == "a⟨U+200F⟩⟨U+00A0⟩⟨U+202E⟩<b>\"'&b"


def test_tabs_and_lines_of_a_text_are_shown_as_they_are(app: Flask) -> None:
    with app.test_request_context("/"):
        assert render_template_string("<pre>{{ x }}</pre>", x="\ta\n\tb\r") == "<pre>\ta\n\tb⟨U+000D⟩</pre>"


def test_a_value_of_a_text_is_escaped_once_and_markup_of_ours_stays(app: Flask) -> None:
    template = """{{ _("%(x)s", x="<b>"|code) }} {{ _("%(x)s", x="<b>") }} {{ "<b>"|code|code }}"""
    with app.test_request_context("/"):
        shown = render_template_string(template)
    assert shown == (
        '<bdi class="code" dir="ltr">&lt;b&gt;</bdi> &lt;b&gt;'
        ' <bdi class="code" dir="ltr"><bdi class="code" dir="ltr">&lt;b&gt;</bdi></bdi>'
    )
