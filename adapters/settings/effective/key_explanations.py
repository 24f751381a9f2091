"""Explanations of configuration keys: the comments of `config/gateway.toml`, which documents every key."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Final

from adapters.shipped.resources import CONFIG

ANY: Final = "*"
"""Part of a key that stands for a name of the operator's choice, such as a body's code."""

_FREE: Final = ("bodies", "sources", "limits.kinds", "retention.classes")
"""Tables whose keys are such names."""

_TABLE = re.compile(r"(?:# )?\[{1,2}(?P<name>[\w.-]+)\]{1,2}(?:\s+# (?P<text>.+))?")
_VALUE = re.compile(r"""(?:# )?(?P<name>[\w-]+) = (?:"[^"]*"|\[[^#]*\]|\{[^#]*\}|[^#"\[{]+)\s*(?:# (?P<text>.+))?""")
_GOES_ON = re.compile(r"\s{20,}# (?P<text>.+)")
_ABOVE = re.compile(r"# (?P<text>.+)")


@cache
def explanations() -> Mapping[str, str]:
    """Return the explanation, in English, of each table and key by its path; `ANY` stands for a chosen name."""
    found: dict[str, str] = {}
    table, last, above = "", "", list[str]()
    for line in (CONFIG / "gateway.toml").read_text(encoding="utf-8").splitlines():
        if header := _TABLE.fullmatch(line):
            table = _path(header["name"])
            told = [*above, *filter(None, [header["text"]])]
            last, above = table, []
        elif entry := _VALUE.fullmatch(line):
            last, above, told = f"{table}.{entry['name']}", [], [entry["text"]] if entry["text"] else above
        elif more := _GOES_ON.fullmatch(line):
            found[last] = f"{found.get(last, '')} {more['text']}".strip()
            continue
        else:
            remark = _ABOVE.fullmatch(line)
            above = [*above, remark["text"]] if remark else []
            continue
        found.setdefault(last, " ".join(told).strip())
    return found


def _path(name: str) -> str:
    """Return a table's path, with `ANY` in the place of a chosen name."""
    for free in _FREE:
        if name.startswith(f"{free}."):
            _, _, rest = name.removeprefix(f"{free}.").partition(".")
            return f"{free}.{ANY}" + (f".{rest}" if rest else "")
    return name
