"""The pages, one module for each noun; each has a blueprint of its routes."""

from typing import Final

from adapters.console.pages import (
    accessibility_page,
    doubts_page,
    endpoints_page,
    language_page,
    quarantine_page,
    queue_page,
    refused_page,
    settings_page,
    sign_in_page,
    today_page,
)

BLUEPRINTS: Final = (
    today_page.blueprint,
    refused_page.blueprint,
    queue_page.blueprint,
    doubts_page.blueprint,
    quarantine_page.blueprint,
    endpoints_page.blueprint,
    sign_in_page.blueprint,
    accessibility_page.blueprint,
    language_page.blueprint,
    settings_page.blueprint,
)
