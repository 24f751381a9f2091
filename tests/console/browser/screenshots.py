"""Make a picture of each page at three widths and in both languages, over a demonstration that has ended.

python -m tests.console.browser.screenshots FOLDER
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from adapters.composition.installation import Installation
from adapters.console.language.languages import LANGUAGES
from tests.console.browser.chromium import WIDTHS, chromium, signed_in
from tests.console.browser.served import served
from tests.console.console_folder import NOTICES, ROOT, with_samples
from tests.console.route_paths import pages
from tests.console.signed_in import pages_of


def make_pictures(folder: Path) -> int:
    """Write the pictures into ``folder``; return their number."""
    folder.mkdir(parents=True, exist_ok=True)
    made = 0
    with tempfile.TemporaryDirectory() as place:
        demonstration = Path(place) / "demo"
        command = [sys.executable, ROOT / "run_gateway.py", "demo", "--notices", NOTICES, "--dir", demonstration]
        subprocess.run([*map(str, command), "--exit"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        config = with_samples(demonstration)
        with closing(Installation.of(config)) as installation, served(installation) as address, chromium() as browser:
            found = list(pages(pages_of(installation), installation))
            for language in LANGUAGES:
                for width in WIDTHS:
                    for path, role in found:
                        with signed_in(browser, address, role, language, width) as context:
                            page = context.new_page()
                            page.goto(address + path)
                            name = path.strip("/").replace("/", "-") or "today"
                            page.screenshot(path=folder / f"{name}.{language}.{width}.png", full_page=True)
                            made += 1
    return made


if __name__ == "__main__":
    print(f"{make_pictures(Path(sys.argv[1]))} pictures in {sys.argv[1]}")
