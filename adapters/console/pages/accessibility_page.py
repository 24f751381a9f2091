"""The statement on accessibility."""

from __future__ import annotations

from flask import Blueprint, render_template

from adapters.console.site.access import Everybody, needs

blueprint = Blueprint("accessibility", __name__)


@blueprint.get("/accessibility")
@needs(Everybody)
def statement() -> str:
    return render_template("site/accessibility.html")
