"""Choice of the language."""

from __future__ import annotations

from flask import Blueprint, Response, abort, redirect, request

from adapters.console.language.languages import COOKIE, LANGUAGES
from adapters.console.site.access import Everybody, needs
from adapters.console.site.context import parts
from adapters.console.site.security import inner_address

blueprint = Blueprint("language", __name__)

_YEAR_SECONDS = 365 * 86_400


@blueprint.get("/language/<language>")
@needs(Everybody)
def choose(language: str) -> Response:
    """Keep the language in a cookie, and go back to the page."""
    if language not in LANGUAGES:
        abort(404)
    response: Response = redirect(inner_address(request.args.get("next", "/")))  # type: ignore[assignment]
    response.set_cookie(
        COOKIE, language, max_age=_YEAR_SECONDS, secure=parts().secure, httponly=True, samesite="Strict"
    )
    return response
