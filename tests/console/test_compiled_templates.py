"""Compiled templates outlive a console: a reload makes a new one."""

from __future__ import annotations

import pytest
from jinja2 import Environment

from adapters.composition.installation import Installation
from tests.console.signed_in import pages_of


def test_a_console_that_is_made_anew_compiles_no_template_again(
    fresh: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages_of(fresh).jinja_env.get_template("base.html")
    anew = pages_of(fresh).jinja_env
    monkeypatch.delattr(Environment, "compile")
    assert anew.get_template("base.html").name == "base.html"
    with pytest.raises(AttributeError):
        anew.from_string("another source")
