"""Page that leads on by itself, to the provider or back from it.

A redirect after a form would be stopped by our policy of pages (form-action), and one that another site began brings no
strict cookie.
"""

from __future__ import annotations

from flask import Response, make_response, render_template


def onward_page(address: str, at: str = "") -> Response:
    """Return a page that leads to ``address``; ``at`` names the provider if it is there."""
    return make_response(render_template("site/onward.html", address=address, at=at))
