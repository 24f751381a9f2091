"""Guess of the part of ordinary answers that tells errors, as `[codes.container]` has it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from adapters.judiciary.skeleton.guesses import Path, telling
from adapters.judiciary.skeleton.survey import SurveyedOperation
from adapters.judiciary.skeleton.written_names import is_place
from gateway.mapping.model.schema import Leaf, find, leaves


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerGuess:
    """Guess of the part of an answer that tells errors, as `[codes.container]` has it."""

    code: str
    text: str | None
    only_if_failed: bool

    def outside(self, paths: Sequence[tuple[Path, Leaf]]) -> Sequence[tuple[Path, Leaf]]:
        """Return the paths that an answer has which succeeded."""
        first = self.code.split(".")[0]
        return [each for each in paths if not self.only_if_failed or each[0][0] != first]


def container_in(operations: Sequence[SurveyedOperation], *, is_json: bool) -> ContainerGuess | None:
    """Return the places of a code and its words that all answers have, or None. A step that differs is ``*``.

    Over plain REST an answer without a problem document is good.
    """
    places = list[tuple[Path, Path | None]]()
    for operation in operations:
        listed = [each for each in leaves(operation.answer) if not is_json or each[0][0] == "problem"]
        paths = [each for each in listed if is_place(each[0])]
        code = telling("code", paths)
        if is_json and not listed:
            continue
        if code is None or len(code[0]) < 2:
            return None
        text = telling("text", [each for each in paths if each[0][:-1] == code[0][:-1]])
        places.append((code[0], None if text is None else text[0]))
    if len(set(places)) == 1:
        code_at, text_at = places[0]
        parts = [find(operation.answer, code_at[:1]) for operation in operations]
        return ContainerGuess(
            code=".".join(code_at),
            text=None if text_at is None else ".".join(text_at),
            only_if_failed=not is_json and not any(part is None or part.required for part in parts),
        )
    below = {(code[1:], None if text is None else text[1:]) for code, text in places}
    if is_json or len(below) != 1:
        return None
    code_below, text_below = next(iter(below))
    words = None if text_below is None else ".".join(("*", *text_below))
    return ContainerGuess(code=".".join(("*", *code_below)), text=words, only_if_failed=False)
