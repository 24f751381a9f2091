"""The verb `profile check`: blanks and mistakes in a profile's folder, each with file, line and key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from adapters.judiciary.trial.file_bound import contract_of_files, stand_ins
from adapters.settings.profile import FILE, blanks_of, profile_in
from adapters.terminal.mapping_mistakes import tell_mistakes
from adapters.terminal.printing import FINDING, JsonOption, console, print_json
from gateway.mapping.compiler.mistake import MappingMistaken
from gateway.runtime.errors import CATALOGUE, GatewayError

FolderArgument = Annotated[Path, typer.Argument(metavar="FOLDER", help="A profile's folder.")]

_BLANK = "mapping.blank"


@dataclass(frozen=True, slots=True, kw_only=True)
class Blank:
    """Value that a person must still fill in."""

    file: Path
    line: int
    key: str

    def follows(self, other: Blank) -> bool:
        """Return True if it stands below another one in the same table."""
        above = self.key.rpartition(".")[0]
        return (self.file, self.line, above) == (other.file, other.line + 1, other.key.rpartition(".")[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """State of a folder: its blanks, mistakes of its mappings, any other error, and the codes of what is given up."""

    blanks: Sequence[Blank]
    mistaken: Sequence[MappingMistaken]
    error: GatewayError | None
    losses: Sequence[str]

    @property
    def is_ready(self) -> bool:
        return not (self.blanks or self.mistaken or self.error)


def check_profile(folder: FolderArgument, as_json: JsonOption = False) -> None:
    """Check a profile's folder against its contract: blanks, mistakes and losses; exit 1 unless it can be used.

    No configuration is needed: values that only the configuration has are taken as they come.
    """
    found = findings_of(folder)
    if as_json:
        print_json({"folder": str(folder), **facts_of(found)})
    else:
        show_findings(found)
        if found.is_ready:
            console.print(f"[green]good[/] {folder}", soft_wrap=True)
    if not found.is_ready:
        raise typer.Exit(FINDING)


def findings_of(folder: Path) -> Findings:
    """Return the state of a folder. Raises `GatewayError` ``profile.unknown`` if it holds no profile."""
    if not (folder / FILE).is_file():
        raise GatewayError("profile.unknown", where=str(folder), detail=f"no {FILE} in it")
    mistaken: Sequence[MappingMistaken] = ()
    error: GatewayError | None = None
    losses: Sequence[str] = ()
    try:
        profile = profile_in(folder, folder.resolve().name, may_have_blanks=True)
        losses = profile.losses
        contract_of_files(profile, stand_ins(folder))
    except MappingMistaken as found:
        mistaken = [found, *found.others]
    except GatewayError as found:
        error = found
    wrong = [_without_blanks(each) for each in mistaken]
    return Findings(
        blanks=_blanks(folder), mistaken=[each for each in wrong if each is not None], error=error, losses=losses
    )


def _blanks(folder: Path) -> list[Blank]:
    """Return the blanks of every file that can be read; another one has an error of its own."""
    found = list[Blank]()
    for file in sorted(folder.glob("*.toml"), key=lambda path: (path.name != FILE, path.name)):
        try:
            found += [Blank(file=file, line=line, key=key) for line, key in blanks_of(file)]
        except (OSError, ValueError, RecursionError):
            continue
    return found


def _without_blanks(mistaken: MappingMistaken) -> MappingMistaken | None:
    left = [each for each in mistaken.mistakes if each.code != _BLANK]
    return MappingMistaken(mistaken.file, left) if left else None


def facts_of(found: Findings) -> dict[str, Any]:
    """Return the findings as JSON can hold them."""
    mistakes = [
        {"file": each.file, "line": mistake.line, "key": mistake.key, "code": mistake.code, "found": mistake.found.en}
        for each in found.mistaken
        for mistake in each.mistakes
    ]
    error = None if found.error is None else {"code": found.error.code, "text": str(found.error)}
    blanks = [{"file": str(each.file), "line": each.line, "key": each.key} for each in found.blanks]
    return {"blanks": blanks, "mistakes": mistakes, "error": error, "losses": list(found.losses)}


def show_findings(found: Findings) -> None:
    """Print what is to be filled in, what is wrong and what is given up, in both languages."""
    if found.blanks:
        count = len(found.blanks)
        console.print(f"[bold]to fill in ({count})[/]  برای تکمیل ({count} مورد)")
        for blanks in _neighbours(found.blanks):
            tell_line(_place(blanks), indent=2)
    for each in found.mistaken:
        tell_mistakes(each)
    if found.error is not None:
        error = found.error
        console.print(Text(f"{error.code}: {error}", style="red", overflow="fold"))
        tell_line(f"{error.entry.fa} {error.entry.remedy_fa}", indent=2)
    show_codes(
        "not protected, or later known", "آنچه حفاظت نمی‌شود یا دیرتر معلوم می‌شود", dict.fromkeys(found.losses, "")
    )


def _neighbours(blanks: Sequence[Blank]) -> Iterator[Sequence[Blank]]:
    """Yield the blanks in groups: those of one table that stand one below the other."""
    group = list[Blank]()
    for blank in blanks:
        if group and not blank.follows(group[-1]):
            yield group
            group = []
        group.append(blank)
    if group:
        yield group


def _place(blanks: Sequence[Blank]) -> str:
    first, last = blanks[0], blanks[-1]
    if first is last:
        return f"{first.file}, line {first.line}, {first.key}"
    return f"{first.file}, lines {first.line} to {last.line}, {first.key.rpartition('.')[0]} ({len(blanks)})"


def show_codes(title: str, title_fa: str, codes: Mapping[str, str], *, with_remedy: bool = False) -> None:
    """Print entries of the catalogue, each with the place where it was found."""
    if not codes:
        return
    console.print(f"[bold]{title}[/]  {title_fa}")
    for code, where in codes.items():
        entry = CATALOGUE[code]
        place = f" ({where})" if where else ""
        remedy, remedy_fa = (f"; what to do: {entry.remedy}", f" {entry.remedy_fa}") if with_remedy else ("", "")
        tell_line(f"{code}: {entry.en}{place}{remedy}", indent=2)
        tell_line(f"{entry.fa}{place}{remedy_fa}", indent=4)


def tell_line(told: str, indent: int) -> None:
    """Print text, folded at the screen's width, each line of it indented."""
    for line in told.splitlines() or [""]:
        for part in Text(line).wrap(console, max(20, console.width - indent), overflow="fold"):
            console.print(Text(" " * indent + part.plain.rstrip()), soft_wrap=True)
