"""Mappings: the editor with a mistake, and the acts on a version."""

from __future__ import annotations

from typing import Final

from gateway.people.permissions import Role
from tests.console.browser.scene import REASON, scene
from tests.console.browser.stage import Stage


@scene("lived", Role.MAPPING_ADMINISTRATOR)
def editor_mistake(stage: Stage) -> None:
    stage.go("/mappings/edit/cases")
    stage.page.locator('[id="f-subject"] [name$=":from"]').first.fill("subjekt")
    _press(stage, "preview")


@scene("lived", Role.MAPPING_ADMINISTRATOR)
def editor_nothing_changed(stage: Stage) -> None:
    stage.go("/mappings/edit/cases")
    stage.fill(reason=REASON)
    _press(stage, "save")


def _press(stage: Stage, act: str) -> None:
    with stage.page.expect_navigation():
        stage.page.locator(f'main button[name="act"][value="{act}"]').click()


VERSION: Final = "/mappings/versions/case-view-1/1"


@scene("lived", Role.MAPPING_ADMINISTRATOR)
def version_rows(stage: Stage) -> None:
    stage.go(f"{VERSION}?source=cases&rows=3")


@scene("lived", Role.MAPPING_ADMINISTRATOR)
def version_life_mistake(stage: Stage) -> None:
    stage.go(f"{VERSION}/submit")
    for each in stage.page.locator('main [name="source"]').all():
        each.uncheck()
    stage.send(reason=REASON)


@scene("lived", Role.MAPPING_ADMINISTRATOR)
def version_submit_preview(stage: Stage) -> None:
    stage.go(f"{VERSION}/submit")
    stage.page.locator('main [name="source"]').first.check()
    stage.send(reason=REASON)


@scene("lived", Role.APPROVER)
def version_replay(stage: Stage) -> None:
    stage.go(f"{VERSION}/replay")
    stage.send(source="*cases")


@scene("lived", Role.MAPPING_ADMINISTRATOR)
def import_mistake(stage: Stage) -> None:
    stage.go("/mappings/import")
    stage.attach("file", ("view.toml", b"[mapping]\nlanguage = 1\nname = 'x'\nkind = 'nothing'\n"))
    stage.page.locator('main [name="source"]').first.check()
    stage.send(reason=REASON)
