"""The pages, one module for each noun; each has a blueprint of its routes."""

from typing import Final

from adapters.console.pages import accessibility_page, language_page, settings_page
from adapters.console.pages.audit import audit_page
from adapters.console.pages.bulk import bulk_page
from adapters.console.pages.intake import draft_page, notice_form_page, sheet_page
from adapters.console.pages.notices import (
    deadlines_page,
    document_page,
    notice_act_page,
    notice_page,
    notices_page,
    record_page,
    reports_page,
    views_page,
    work_page,
)
from adapters.console.pages.people import (
    account_page,
    people_page,
    person_page,
    personal_data_page,
    sign_in_page,
    welcome_page,
)
from adapters.console.pages.versions import editor_page, import_page, life_page, mappings_page, replay_page
from adapters.console.pages.work import (
    doubts_page,
    endpoints_page,
    quarantine_page,
    queue_page,
    refused_page,
    switch_page,
    today_page,
)

BLUEPRINTS: Final = (
    today_page.blueprint,
    switch_page.blueprint,
    notice_form_page.blueprint,
    draft_page.blueprint,
    sheet_page.blueprint,
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
    personal_data_page.blueprint,
    accessibility_page.blueprint,
    language_page.blueprint,
    mappings_page.blueprint,
    editor_page.blueprint,
    import_page.blueprint,
    life_page.blueprint,
    replay_page.blueprint,
    audit_page.blueprint,
    settings_page.blueprint,
    notices_page.blueprint,
    bulk_page.blueprint,
    notice_page.blueprint,
    notice_act_page.blueprint,
    document_page.blueprint,
    record_page.blueprint,
    work_page.blueprint,
    views_page.blueprint,
    reports_page.blueprint,
    deadlines_page.blueprint,
)
