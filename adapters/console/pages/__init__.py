"""The pages, one module for each noun; each has a blueprint of its routes."""

from typing import Final

from adapters.console.pages import accessibility_page, language_page, settings_page
from adapters.console.pages.audit import audit_page
from adapters.console.pages.notices import document_page, notice_page, notices_page, record_page, reports_page
from adapters.console.pages.people import account_page, people_page, person_page, sign_in_page, welcome_page
from adapters.console.pages.versions import mappings_page
from adapters.console.pages.work import (
    doubts_page,
    endpoints_page,
    quarantine_page,
    queue_page,
    refused_page,
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
    welcome_page.blueprint,
    account_page.blueprint,
    people_page.blueprint,
    person_page.blueprint,
    accessibility_page.blueprint,
    language_page.blueprint,
    mappings_page.blueprint,
    audit_page.blueprint,
    settings_page.blueprint,
    notices_page.blueprint,
    notice_page.blueprint,
    document_page.blueprint,
    record_page.blueprint,
    reports_page.blueprint,
)
