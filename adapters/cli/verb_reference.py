"""The page docs/reference/cli.md: every verb with its arguments and options, made from the parsers.

It walks the parsers instead of printing `--help`: the page depends on no terminal and no version of Python.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any, get_args

import typer

from adapters.cli.main import app

_HEAD = """# Command line

`make docs` makes this page from the program's parsers. Each verb prints the same with `--help`.

The program is `eblagh-gateway`, also installed as `run_gateway.py`. [operators.md](../operate/operators.md) says which
verb to use when. Auditors have `archive verify`, `archive consistency` and `evidence verify` as a program of their own
([archive.md](../audit/archive.md#the-auditors-own-program)).

| exit code | meaning |
| --- | --- |
| 0 | all is well |
| 1 | a finding: somebody must act, or an audit found something |
| 2 | wrong usage, or a wrong configuration |

With `--json` the last line on standard output is one JSON object."""

_TYPES = {bool: "", int: "whole number", float: "number", str: "text", Path: "path"}


def page() -> str:
    """Return the page: the options of all verbs first, then each verb in alphabetical order."""
    program: Any = typer.main.get_command(app)
    everywhere = ["\n## Options of every verb\n", *_table(program), "\nThese may stand anywhere on the line."]
    lines = [_HEAD, *everywhere, "\n## Verbs\n"]
    verbs = list(_verbs(program))
    lines += ["| verb | does |", "| --- | --- |"]
    lines += [f"| [`{name}`](#{name.replace(' ', '-')}) | {_first(verb)} |" for name, verb in verbs]
    for name, verb in verbs:
        lines += [f"\n## {name}\n", f"    {_usage(name, verb)}\n", _help(verb)]
        if table := _table(verb):
            lines += ["", *table]
    return "\n".join(lines) + "\n"


def verb_names() -> list[str]:
    """Return the whole name of each verb."""
    return [name for name, _ in _verbs(typer.main.get_command(app))]


def _verbs(group: Any, before: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each executable verb, by its whole name."""
    for name, command in sorted(group.commands.items()):
        if command.hidden:
            continue
        if hasattr(command, "commands"):
            yield from _verbs(command, f"{before}{name} ")
        else:
            yield before + name, command


def _usage(name: str, verb: Any) -> str:
    arguments = [each for each in verb.params if each.param_type_name == "argument"]
    words = ["run_gateway.py", name]
    words += [_argument(each) if each.required else f"[{_argument(each)}]" for each in arguments]
    for each in verb.params:
        if each.required and each not in arguments:
            words += [each.opts[0], each.metavar or each.name.upper()]
    return " ".join([*words, "[OPTIONS]"])


def _help(verb: Any) -> str:
    """Return a verb's help, each paragraph on one line."""
    return "\n\n".join(" ".join(part.split()) for part in verb.help.split("\n\n"))


def _first(verb: Any) -> str:
    return _help(verb).partition("\n")[0].partition(". ")[0].rstrip(".").replace("|", "\\|")


def _table(verb: Any) -> list[str]:
    shown = [each for each in verb.params if not each.hidden]
    if not shown:
        return []
    head = ["| argument or option | value | default | meaning |", "| --- | --- | --- | --- |"]
    return [*head, *(f"| {_names(each)} | {_kind(each)} | {_default(each)} | {_meaning(each)} |" for each in shown)]


def _names(each: Any) -> str:
    if each.param_type_name == "argument":
        return f"`{_argument(each)}`"
    return ", ".join(f"`{option}`" for option in (*each.opts, *each.secondary_opts))


def _argument(each: Any) -> str:
    name = re.sub(r"^\[(.*)]$", r"\1", each.metavar or each.name.upper()).rstrip("…. ")
    return f"{name} …" if each.nargs != 1 or each.multiple else name


def _kind(each: Any) -> str:
    """Return a parameter's values in words: a type, a range, or its choices."""
    wanted = each.type_descriptor.annotation
    wanted = next((inner for inner in get_args(wanted) if inner is not type(None)), wanted)
    if isinstance(wanted, type) and issubclass(wanted, Enum):
        return ", ".join(f"`{choice.value}`" for choice in wanted)
    if each.metavar and each.param_type_name != "argument":
        return f"`{each.metavar}`"
    text = _TYPES[wanted]
    if each.min is not None and each.max is not None:
        return f"{text}, {each.min:g} to {each.max}"
    return f"{text}, at least {each.min:g}" if each.min is not None else text


def _default(each: Any) -> str:
    if each.required:
        return "must be given"
    value = each.default.value if isinstance(each.default, Enum) else each.default
    shown = isinstance(value, (str, int, float, Path)) and not isinstance(value, bool) and value != ""
    return f"`{value}`" if shown else ""


def _meaning(each: Any) -> str:
    # A bracket is escaped for the terminal, where it would begin a style.
    texts = [" ".join((each.help or "").replace(r"\[", "[").split())]
    if each.param_type_name == "option" and each.multiple:
        texts.append("May be given several times.")
    if each.envvar:
        texts.append(f"Also by the environment variable `{each.envvar}`.")
    return " ".join(texts).replace("|", "\\|")


if __name__ == "__main__":
    typer.echo(page(), nl=False)
