"""The console's application: the pages behind one service, which every listener can serve."""

from __future__ import annotations

from typing import Final

import structlog
from flask import Flask, Response, g, render_template, request
from jinja2 import StrictUndefined
from werkzeug.exceptions import (
    Forbidden,
    HTTPException,
    InternalServerError,
    NotFound,
    ServiceUnavailable,
    TooManyRequests,
)
from werkzeug.routing import IntegerConverter

from adapters.composition.installation import Installation
from adapters.console.language import formats, languages
from adapters.console.pages import BLUEPRINTS
from adapters.console.site import access, assets, context, uploads
from adapters.console.site.acting import just_recorded
from adapters.console.site.compiled_templates import COMPILED
from adapters.console.site.context import Parts
from adapters.console.site.exact_values import ExactValues
from adapters.console.site.hosts import MISDIRECTED, assert_own_host
from adapters.console.site.navigation import areas
from adapters.console.site.security import FORM_TOKEN, add_headers
from adapters.console.site.session_cookies import add_early_token, early_token
from adapters.console.site.uploads import MAX_FORM_BYTES
from adapters.http.http_service import HttpRequest, HttpResponse, HttpService, refusal
from adapters.http.wsgi_service import WsgiService, bodies_within, first_refusal
from adapters.pages.rendering import visible
from gateway.runtime.errors import ErrorScope, GatewayError

_log = structlog.get_logger(__name__)


class _Nowhere(HttpService):
    """Service of a listener whose console was taken out of the configuration."""

    def handle(self, request: HttpRequest) -> HttpResponse:  # noqa: ARG002
        return refusal(404)


class _Number(IntegerConverter):
    """Number in an address, of at most nine digits: the database holds no larger one, so the page is not found."""

    regex = r"\d{1,9}"


def console_router(installation: Installation) -> HttpService:
    """Return the service of an installation's console. Raises `GatewayError` ``people.*`` if its key is unfit."""
    if installation.settings.console is None:
        return _Nowhere()
    section = installation.settings.console
    if section.is_one_address:
        _log.warning("people seem to have one address", code="people.one-address", public_url=section.public_url)
    return console_service(Parts.of(installation))


def console_service(parts: Parts) -> HttpService:
    """Return the service of the console's listener. Forms are bounded before they are read."""
    assets.asset("console.css")  # a package that is missing is told now
    app = application(parts)
    return WsgiService(
        app,
        before_body=first_refusal(
            bodies_within(lambda head: uploads.bound(app, head)), lambda head: uploads.refusal_of(app, parts, head)
        ),
        proxies=parts.installation.settings.configured_console.proxies,
    )


def application(parts: Parts) -> Flask:
    """Return the application. Raises `LookupError` for a route that does not say who may use it."""
    app = Flask("adapters.console", static_folder=None, template_folder="templates")
    app.config.update(MAX_CONTENT_LENGTH=MAX_FORM_BYTES, MAX_FORM_MEMORY_SIZE=MAX_FORM_BYTES)
    app.extensions.update(context.keep(parts))
    app.jinja_options = {
        "autoescape": True,
        "undefined": StrictUndefined,
        "finalize": visible,
        "trim_blocks": True,
        "lstrip_blocks": True,
        "bytecode_cache": COMPILED,
        "extensions": [ExactValues],
    }
    app.url_map.converters["int"] = _Number
    languages.install(app)
    formats.install(app)
    app.context_processor(_of_the_request)
    app.before_request(assert_own_host)
    app.before_request(uploads.allow_size)
    app.before_request(access.assert_access)
    app.before_request(uploads.assert_few_texts)
    app.after_request(add_headers)
    app.after_request(add_early_token)
    for blueprint in (assets.blueprint, *BLUEPRINTS):
        app.register_blueprint(blueprint)
    app.register_error_handler(GatewayError, _refused)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _broken)
    list(access.routes_of(app))
    return app


def _of_the_request() -> dict[str, object]:
    session = g.get("session")
    return {
        "asset": lambda name: assets.asset(name).address,
        "form_token": FORM_TOKEN,
        "early_token": early_token,
        "session": session,
        "person": session.person if session else None,
        "areas": areas(session.person) if session else (),
        "here": request.path,
        "here_exactly": request.full_path.rstrip("?") if request.method == "GET" else request.path,
        "just_recorded": just_recorded,
    }


def _refused(error: GatewayError) -> tuple[str, int]:
    """Show an error with who must act and what to do; nothing else of the console stops."""
    status = 422 if error.scope is ErrorScope.ROW else 503
    return render_template("site/error.html", error=error, entry=error.entry), status


def _http_error(error: HTTPException) -> Response | tuple[str, int, dict[str, str]]:
    if error.code is None or error.code < 400:
        return error.get_response()  # type: ignore[return-value]
    page = render_template("site/http_error.html", kind=_KINDS.get(error.code, "other"), status=error.code)
    retry = getattr(error, "retry_after", None)
    return page, error.code, {} if retry is None else {"Retry-After": str(retry)}


_KINDS: Final = {
    Forbidden.code: "forbidden",
    NotFound.code: "not-found",
    MISDIRECTED: "misdirected",
    TooManyRequests.code: "own-requests",
    ServiceUnavailable.code: "busy",
}
"""Pages of the template by status."""


def _broken(error: Exception) -> tuple[str, int]:
    _log.error("console broken", route=request.endpoint, exc_info=error)
    status = InternalServerError.code
    return render_template("site/http_error.html", kind="broken", status=status), status
