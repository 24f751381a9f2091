"""All scenes. Pictures and the checks of accessibility play them, in each language over one store."""

from __future__ import annotations

from tests.console.browser import intake_scenes, mapping_scenes, notice_scenes, people_scenes
from tests.console.browser.scene import SCENES, Scene

__all__ = ["SCENES", "Scene", "intake_scenes", "mapping_scenes", "notice_scenes", "people_scenes"]
