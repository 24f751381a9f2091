"""Make a picture of each page and each scene at three widths and in both languages, over demonstrations.

python -m tests.console.browser.screenshots FOLDER [WORD …]

With words, only pages and scenes whose name contains one of them.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import traceback
from collections.abc import Collection, Iterator
from pathlib import Path

from playwright.sync_api import Error

from adapters.console.language.languages import LANGUAGES
from adapters.sandbox.verbs.demo_folder import prepare
from tests.console.browser.chromium import WIDTHS, chromium
from tests.console.browser.scenes import SCENES, Scene
from tests.console.browser.stage import Served, Stage, consoles, staged
from tests.console.console_folder import NOTICES, ROOT, with_people, with_samples
from tests.console.route_paths import pages

HEIGHT = 900


def make_pictures(folder: Path, words: Collection[str] = ()) -> int:
    """Write the pictures into ``folder``; return their number. A scene that breaks is told on the standard error."""
    with tempfile.TemporaryDirectory() as place:
        lived, fresh = Path(place) / "demo", Path(place) / "fresh"
        command = [sys.executable, ROOT / "run_gateway.py", "demo", "--notices", NOTICES, "--dir", lived, "--exit"]
        subprocess.run([*map(str, command)], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        with_samples(lived)
        fresh.mkdir()
        prepare(fresh, NOTICES)
        with_people(fresh)
        return sum(1 for _ in pictures(lived, fresh, folder, words))


def pictures(
    lived: Path,
    fresh: Path,
    folder: Path,
    words: Collection[str],
    languages: Collection[str] = LANGUAGES,
    widths: Collection[int] = WIDTHS,
) -> Iterator[Path]:
    """Yield each picture that was made in ``folder``, of consoles over these folders of demonstrations."""
    folder.mkdir(parents=True, exist_ok=True)
    with consoles(lived, fresh) as found, chromium() as browser:
        for language in languages:
            for scene in _chosen(found["lived"], words):
                with staged(browser, found[scene.console], scene.role, language) as stage:
                    try:
                        scene.play(stage)
                    except (Error, AssertionError):
                        traceback.print_exc(limit=-2)
                        print(f"{scene.name}.{language} broke", file=sys.stderr)
                    for width in widths:
                        stage.page.set_viewport_size({"width": width, "height": HEIGHT})
                        picture = folder / f"{scene.name}.{language}.{width}.png"
                        _warn(stage, picture.stem)
                        stage.page.screenshot(path=picture, full_page=True)
                        yield picture


def _chosen(lived: Served, words: Collection[str]) -> Iterator[Scene]:
    """Yield the pages of every route over the demonstration, and all scenes."""
    routes = [
        Scene("page-" + (path.strip("/").replace("/", "-") or "today"), "lived", role, _opened(path))
        for path, role in pages(lived.app, lived.installation)
    ]
    for scene in (*routes, *SCENES):
        if not words or any(word in scene.name for word in words):
            yield scene


def _opened(path: str):  # type: ignore[no-untyped-def]
    return lambda stage: stage.page.goto(stage.at.address + path)


def _warn(stage: Stage, name: str) -> None:
    """Tell of a page that is wider than the screen."""
    if (wide := stage.page.evaluate("document.documentElement.scrollWidth - innerWidth")) > 0:
        print(f"{name}: {wide} px too wide", file=sys.stderr)


if __name__ == "__main__":
    print(f"{make_pictures(Path(sys.argv[1]), sys.argv[2:])} pictures in {sys.argv[1]}")
