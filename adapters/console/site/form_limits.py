"""Bounds of forms: each is known from the address alone, before anything of the body is read."""

from __future__ import annotations

from typing import Final

from flask import request
from werkzeug.exceptions import RequestEntityTooLarge

MAX_FORM_BYTES: Final = 64 * 1024
"""Most octets of a form."""

MAX_MAPPING_FORM_BYTES: Final = 1000 * 1024
"""Most octets of the form of a mapping: a Persian file of 256 KiB has three times as many as a browser sends it."""

MAX_FIELDS: Final = 10_000
"""Most fields of a form: a mapping of 500 entries has 8,000."""

MAPPING_EDITOR: Final = "/mappings/edit/"
MAPPING_IMPORT: Final = "/mappings/import"
"""Address of a form with a file; its preview has the file in base64."""


def form_bound(method: str, path: str) -> int:
    """Return the most octets of a request's body."""
    if method != "POST":
        return 0
    has_mapping = path.startswith(MAPPING_EDITOR) or path == MAPPING_IMPORT
    return MAX_MAPPING_FORM_BYTES if has_mapping else MAX_FORM_BYTES


def bound_form() -> None:
    """Let the present request read as much of its form as its address allows."""
    request.max_content_length = request.max_form_memory_size = form_bound(request.method, request.path)


def assert_few_fields() -> None:
    """Answer 413 to a form of more than `MAX_FIELDS` fields."""
    if sum(map(len, request.form.listvalues())) >= MAX_FIELDS:
        raise RequestEntityTooLarge
