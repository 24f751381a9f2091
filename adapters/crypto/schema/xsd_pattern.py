"""Cost of a regular expression of an XML schema, bounded before libxml2 compiles it.

libxml2 tries one path through an expression after another. Its own limit counts postponed paths, not the characters
read on each: ``.*a.*a.*`` takes minutes for a text of 5,000 characters. Here paths are counted on its automaton.
A text that runs through loops in two ways has exponentially many paths (Weber and Seidl, On the degree of ambiguity of
finite automata, 1991). With two loops in a row that accept the same text, the number of paths is its number of
characters.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from adapters.crypto.schema.xsd_automaton import Automaton, PatternRefused, automaton_of

MAX_MOVES: Final = 50_000
"""libxml2 compiles 300 characters in a row that may all be absent (45,000 moves) in 0.05 s."""
MAX_WAYS: Final = 100_000
MAX_WORK: Final = 1_000_000
"""Steps of judging all expressions of a contract: about two seconds."""

_TWO_WAYS: Final = "a repeated part can take the same characters in two ways"
_KEPT: Final = 24
"""Octets that libxml2 keeps for a postponed path, besides 4 for each counter."""


@dataclass(slots=True)
class Budget:
    """Remaining steps for judging expressions."""

    left: int = MAX_WORK

    def take(self, steps: int) -> None:
        self.left -= steps
        if self.left < 0:
            raise PatternRefused("it takes too long to judge")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Bound of libxml2's steps or octets: for each character, and for each pair of characters of a text."""

    each: int = 0
    paired: int = 0

    def of(self, length: int) -> int:
        """Return the bound for a text of so many characters; 10⁸ of it are about a second."""
        return self.each * length + self.paired * length**2

    def is_within(self, other: Cost) -> bool:
        return self.each <= other.each and self.paired <= other.paired

    def __add__(self, other: Cost) -> Cost:
        return Cost(each=self.each + other.each, paired=self.paired + other.paired)


def cost_of(expression: str, budget: Budget) -> Cost:
    """Return the bound for texts matched with the expression. Raises `PatternRefused`."""
    budget.take(len(expression))
    return _Ways(automaton_of(expression), budget).cost()


class _Ways:
    """Counter of simultaneously open paths of a text through an automaton."""

    def __init__(self, automaton: Automaton, budget: Budget) -> None:
        self._budget = budget
        self._counters = len(automaton.counted)
        _refuse_idle_counts(automaton)
        kinds = {signs: kind for kind, signs in enumerate(dict.fromkeys(automaton.signs))}
        budget.take(len(kinds) ** 2)
        self._meets = [[bool(one & other) for other in kinds] for one in kinds]
        kind = [kinds[signs] for signs in automaton.signs]
        found = [list(_moves(automaton, here, budget)) for here in range(len(automaton.moves))]
        self._counted = [{number for number, (*_, counted) in enumerate(moves) if counted} for moves in found]
        end = len(found)
        self._moves = [[(kind[atom], there % (end + 1)) for atom, there, _ in moves] for moves in found] + [[]]
        self._counted.append(set())
        if sum(map(len, self._moves)) > MAX_MOVES:
            raise PatternRefused("too many of its parts may be absent or stand for each other")
        self._loop = _loops([[there for _, there in moves] for moves in self._moves])
        size: dict[int, int] = {}
        for loop in self._loop:
            size[loop] = size.get(loop, 0) + 1
        self._turns = [
            size[self._loop[here]] > 1 or any(there == here for _, there in moves)
            for here, moves in enumerate(self._moves)
        ]

    def cost(self) -> Cost:
        """Return the bound. Raises `PatternRefused`."""
        chosen = [here for here in range(len(self._moves)) if self._is_choice(here)]
        self._refuse_exponential()
        degree = self._degree() if any(self._turns[here] for here in chosen) else 0
        if degree > 1:
            raise PatternRefused("three repeated parts behind each other can take the same characters")
        ways = self._acyclic()
        if ways > MAX_WAYS:
            raise PatternRefused("a text can pass it in too many ways")
        # A way that leaves a loop with each character goes on to the end of what stands behind the loop.
        depths = self._depths()
        ways *= max((depths[to] for here in chosen if self._turns[here] for _, to in self._moves[here]), default=1)
        if degree:
            return Cost(paired=5 * ways)  # measured: a step of these takes longer
        kept = _KEPT + 4 * self._counters if chosen or self._counters else 1
        return Cost(each=max(ways, kept))

    def _is_choice(self, here: int) -> bool:
        """Return True if a character may lead on from here in two ways.

        Refuse it if both lead to one state of a loop. If one is counted, libxml2 may try the other one twice, or behind
        the characters that the first has taken: refuse it, too, if that one stays in a loop.
        """
        found = False
        stays = [self._loop[there] == self._loop[here] for _, there in self._moves[here]]
        for number, (kind, there) in enumerate(self._moves[here]):
            self._budget.take(1 + number // 8)
            row = self._meets[kind]
            for against, (other, elsewhere) in enumerate(self._moves[here][:number]):
                if not row[other]:
                    continue
                found = True
                if stays[number] and there == elsewhere:
                    raise PatternRefused(_TWO_WAYS)
                counted = self._counted[here]
                if (stays[number] and against in counted) or (stays[against] and number in counted):
                    raise PatternRefused(
                        "a repeated part can also take the characters of a counted one; write that out"
                    )
        return found

    def _pairs(self, one: int, other: int) -> Iterator[tuple[int, int]]:
        for kind, first in self._moves[one]:
            row = self._meets[kind]
            self._budget.take(1 + len(self._moves[other]))
            for against, second in self._moves[other]:
                if row[against]:
                    yield first, second

    def _refuse_exponential(self) -> None:
        """Refuse two ways of one text within a loop that part and meet again."""
        waiting = [(here, here) for here in range(len(self._moves)) if self._turns[here]]
        seen = set(waiting)
        while waiting:
            one, other = waiting.pop()
            for pair in self._pairs(one, other):
                if self._loop[pair[0]] != self._loop[one] or self._loop[pair[1]] != self._loop[one]:
                    continue
                if pair[0] == pair[1] and one != other:
                    raise PatternRefused(_TWO_WAYS)
                if pair not in seen:
                    seen.add(pair)
                    waiting.append(pair)

    def _degree(self) -> int:
        """Return how many times two loops behind each other can take one text, along one way through them."""
        loops: dict[int, list[int]] = {}
        for here, turns in enumerate(self._turns):
            if turns:
                loops.setdefault(self._loop[here], []).append(here)
        degree: dict[int, int] = {}
        for loop in sorted(loops):  # a loop has a higher number than those behind it
            behind = {self._loop[there] for there in self._reach(loops[loop]) if self._turns[there]} - {loop}
            degree[loop] = max((degree[other] + self._share(loop, other) for other in behind), default=0)
        return max(degree.values(), default=0)

    def _reach(self, begin: Iterable[int]) -> set[int]:
        seen = set(begin)
        waiting = list(seen)
        while waiting:
            moves = self._moves[waiting.pop()]
            self._budget.take(1 + len(moves))
            new = {there for _, there in moves} - seen
            seen |= new
            waiting += new
        return seen

    def _share(self, own: int, other: int) -> bool:
        """Return True if a text leads around in one loop while it leads, or may lead, from there into the other."""
        waiting = [(here, here) for here, loop in enumerate(self._loop) if loop == own]
        seen = set(waiting)
        while waiting:
            for pair in self._pairs(*waiting.pop()):
                if self._loop[pair[0]] == own and pair not in seen:
                    seen.add(pair)
                    waiting.append(pair)
        both = {pair for pair in seen if self._loop[pair[1]] == other}
        # Only states on a cycle remain once all that lead to none of the others are removed.
        while both:
            stay = {pair for pair in both if any(found in both for found in self._pairs(*pair))}
            if stay == both:
                return True
            both = stay
        return False

    def _depths(self) -> list[int]:
        """Return how many states can follow each other from each one, before a loop or the end; 1 in a loop."""
        depths = [1] * len(self._moves)
        for here in self._backwards():
            if not self._turns[here]:
                behind = (depths[there] for _, there in self._moves[here] if not self._turns[there])
                depths[here] += max(behind, default=0)
        return depths

    def _acyclic(self) -> int:
        """Return the ways that choices outside of loops leave open. Beside a counted move, others are tried twice."""
        most: dict[int, int] = {}
        for here in self._backwards():
            loop, found = self._loop[here], 1
            behind = [(kind, 1 if self._loop[to] == loop else most[self._loop[to]]) for kind, to in self._moves[here]]
            for row in (self._meets[kind] for kind in {kind for kind, _ in behind}):
                self._budget.take(1 + len(behind))
                met = [number for number, (kind, _) in enumerate(behind) if row[kind]]
                twice = min(len(self._counted[here].intersection(met)), 20) if len(met) > 1 else 0
                found = max(found, sum(behind[number][1] for number in met) << twice)
            most[loop] = max(most.get(loop, 1), min(found, 10 * MAX_WAYS))
        return most[self._loop[0]]

    def _backwards(self) -> list[int]:
        return sorted(range(len(self._moves)), key=self._loop.__getitem__)


def _refuse_idle_counts(automaton: Automaton) -> None:
    """Refuse ``(a?){0,9}``: libxml2 counts there without reading anything."""
    silent = [[move.there for move in found] for found in automaton.silent]
    for begin, stop in automaton.counted:
        silent[stop].append(begin)
    loop = _loops(silent)
    if any(loop[begin] == loop[stop] for begin, stop in automaton.counted):
        raise PatternRefused("a part that may be empty is counted")


def _moves(automaton: Automaton, here: int, budget: Budget) -> Iterator[tuple[int, int, bool]]:
    """Yield the moves from a state, also those behind silent ones: one for each counter that leads to it.

    Each is an atom, a state (-1: none, the counter never allows it), and if it is counted.
    """
    waiting: list[tuple[int, int, bool, tuple[int, ...]]] = [(here, 0, False, ())]
    seen = set(waiting)
    found = set()
    while waiting:
        state, counter, spent, ended = waiting.pop()
        budget.take(1 + len(automaton.moves[state]) + len(automaton.silent[state]))
        for atom, there in automaton.moves[state]:
            if (key := (atom, there, counter, spent, ended)) not in found:
                found.add(key)
                yield atom, -1 if spent else there, counter > 0 or atom in automaton.numbered
        for move in automaton.silent[state]:
            if move.ends:
                step = (move.there, counter, spent, (*ended, move.counter))
            else:
                step = (move.there, move.counter or counter, spent or move.spent, ended)
            if step not in seen:
                seen.add(step)
                waiting.append(step)


def _loops(after: list[list[int]]) -> list[int]:
    """Return each position's strongly connected component (Tarjan, without recursion).

    A component has a higher number than those that can be reached from it.
    """
    found = [-1] * len(after)
    index: dict[int, int] = {}
    low: dict[int, int] = {}
    stack: list[int] = []
    count = 0
    for begin in range(len(after)):
        if begin in index:
            continue
        index[begin] = low[begin] = len(index)
        stack.append(begin)
        work = [(begin, iter(after[begin]))]
        while work:
            here, rest = work[-1]
            there = next(rest, None)
            if there is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[here])
                if low[here] == index[here]:
                    while True:
                        member = stack.pop()
                        found[member] = count
                        if member == here:
                            break
                    count += 1
            elif there not in index:
                index[there] = low[there] = len(index)
                stack.append(there)
                work.append((there, iter(after[there])))
            elif found[there] < 0:
                low[here] = min(low[here], index[there])
    return found
