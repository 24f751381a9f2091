"""Layout of the auditor's own program as a separate source tree: only the modules that it imports.

`make verifier` builds a wheel of it. It runs in a development environment, and is no part of the tree.
"""

from __future__ import annotations

import configparser
import re
import shutil
import sys
from collections.abc import Iterable
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Final

import grimp

from adapters.shipped.resources import ROOT

ENTRY: Final = "adapters.verifier.verbs.main"
_OURS: Final = ("gateway", "adapters")
_DATA: Final = (
    "gateway/runtime/errors.toml",
    "schemas/notice/*.xsd",
    "schemas/receipt/*.xsd",
    "schemas/seal/*.xsd",
    "adapters/pages/templates/*.html",
)
_READABLE: Final = 0o644

_README: Final = """\
# eblagh-verify

Verifies what Eblagh Gateway archived: offline, with neither database nor configuration, by anchors that you give.

    eblagh-verify archive FOLDER --trust ANCHORS --html report.html
    eblagh-verify consistency old.note new.note --trust ANCHORS --archive FOLDER
    eblagh-verify evidence notice.asice --trust ANCHORS --html report.html
    eblagh-verify certificate code.txt --trust ANCHORS

Install it in an environment of its own: it shares modules with the gateway. `docs/audit/archive.md` and
`docs/audit/evidence-file.md` of the gateway say what each check asks, and what verification does not prove.
"""


def lay_out(target: Path) -> None:
    """Write the tree into a new folder ``target``."""
    shutil.rmtree(target, ignore_errors=True)
    ours, others = _imported()
    for path in sorted({*ours, *(path for pattern in _DATA for path in ROOT.glob(pattern))}):
        _put(target / path.relative_to(ROOT), path.read_bytes())
    _put(target / "README.md", _README.encode())
    _put(target / "pyproject.toml", (ROOT / "pyproject.toml").read_bytes())
    with (target / "setup.cfg").open("w", encoding="utf-8") as file:
        _settings(others).write(file)


def _imported() -> tuple[set[Path], set[str]]:
    """Return the files that the program imports, with those of their packages, and the names of other packages."""
    graph = grimp.build_graph(*_OURS, include_external_packages=True)
    names = {ENTRY, *graph.find_upstream_modules(ENTRY)}
    ours = {name for name in names if name.split(".")[0] in _OURS}
    files = {_file(part) for name in ours for part in _with_packages(name)}
    return files, names - ours - set(sys.stdlib_module_names)


def _with_packages(name: str) -> Iterable[str]:
    parts = name.split(".")
    return (".".join(parts[:count]) for count in range(1, len(parts) + 1))


def _file(module: str) -> Path:
    path = ROOT.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def _settings(packages: set[str]) -> configparser.ConfigParser:
    gateway, own = _parser(), _parser()
    gateway.read(ROOT / "setup.cfg", encoding="utf-8")
    wanted = {_normal(each) for package in packages for each in packages_distributions()[package]}
    required = [line for line in gateway["options"]["install_requires"].split("\n") if line]
    own["metadata"] = {
        "name": "eblagh-verify",
        "version": gateway["metadata"]["version"],
        "description": "Verifies the archives of Eblagh Gateway, offline",
        "long_description": "file: README.md",
        "long_description_content_type": "text/markdown",
    }
    own["options"] = {
        "python_requires": gateway["options"]["python_requires"],
        "packages": "find_namespace:",
        "install_requires": "\n" + "\n".join(line for line in required if _name(line) in wanted),
    }
    own["options.packages.find"] = {"include": "\ngateway*\nadapters*\nschemas*"}
    own["options.package_data"] = {"*": "*.toml, *.xsd, *.html"}
    own["options.entry_points"] = {"console_scripts": f"\neblagh-verify = {ENTRY}:run"}
    return own


def _parser() -> configparser.ConfigParser:
    return configparser.ConfigParser(interpolation=None)


def _name(requirement: str) -> str:
    return _normal(re.split(r"[\s\[<>=!~;]", requirement, maxsplit=1)[0])


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _put(path: Path, octets: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(octets)
    path.chmod(_READABLE)


if __name__ == "__main__":
    lay_out(Path(sys.argv[1]))
