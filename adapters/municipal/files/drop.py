"""A folder as a case source: files become rows of the inbox, and results become files.

A file goes ``in`` → ``work`` → ``done`` or ``refused``. Each pass reads files in ``work`` again until every row is
decided. Reading again changes nothing, so the next pass repairs a crash at any point.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from adapters.municipal.file_lines import Item, pushed
from adapters.municipal.files import drop_reports
from adapters.municipal.files.drop_folder import DropFolder, escaped, is_readable
from adapters.municipal.files.reading import items_of
from adapters.municipal.inbox_source import InboxSource
from gateway.notice.source_row import Refusal, Result, size_of
from gateway.runtime.clock import Clock, system_clock
from gateway.runtime.errors import ErrorScope, GatewayError
from gateway.runtime.may_continue import MayContinue, always
from gateway.runtime.plain_words import words_of
from gateway.store.inbox import Inbox

GROUP_ROWS = 100
GROUP_BYTES = 8 * 1024 * 1024
RESULTS_A_FILE = 1000


class FileDrop(InboxSource):
    """Case source (`gateway.notice.source_row.CaseSource`) over files. `gather` runs before a collect pass, `settle`
    after it.
    """

    def __init__(self, name: str, inbox: Inbox, folder: DropFolder, clock: Clock = system_clock) -> None:
        super().__init__(name, inbox, clock)
        self._folder = folder
        self._open: dict[str, list[Item]] = {}

    def gather(self, may_continue: MayContinue = always) -> list[GatewayError]:
        """Take complete files and keep their rows; return the errors that refused a whole file or prevented a move.

        Raises `GatewayError` ``file.folder`` and those of the store.
        """
        self._folder.prepare()
        errors: list[GatewayError] = []
        try:
            self._folder.take()
            files = self._folder.taken()
        except OSError as error:
            raise self._stuck(None, error) from error
        self._open.clear()
        for path in files:
            if not may_continue():
                break
            errors += self._each(path, self._bring)
        return errors

    def settle(self, may_continue: MayContinue = always) -> list[GatewayError]:
        """Report on files of which every row is decided, and move them to their end; publish results.

        Returns as `gather`.
        """
        errors: list[GatewayError] = []
        for name in list(self._open):
            if not may_continue():
                break
            errors += self._each(self._folder.part("work") / name, self._end)
        self._publish()
        return errors

    def write_results(self, results: Sequence[Result]) -> Sequence[str]:
        absent = super().write_results(results)
        self._publish()
        return absent

    def write_refusals(self, refusals: Sequence[Refusal]) -> None:
        super().write_refusals(refusals)
        self._publish()

    def check(self) -> str:
        """Return a summary of the folder. Raises `GatewayError` ``file.folder``."""
        self._folder.assert_usable()
        waiting, work = self._folder.waiting(), len(self._folder.taken())
        told = f"{waiting} files wait for their marker, " if waiting else ""
        return f"{told}{work} files in work"

    def _each(self, path: Path, step: Callable[[Path], list[GatewayError]]) -> list[GatewayError]:
        """Run a step on one file; a disk error of it stops no other file."""
        try:
            return step(path)
        except OSError as error:
            return [self._stuck(path, error)]

    def _bring(self, path: Path) -> list[GatewayError]:
        try:
            if not is_readable(path.name):
                raise GatewayError("file.name")
            self._folder.assert_whole(path)
            items = items_of(path)
            self._open[path.name] = self._push(escaped(path.name), items)
        except GatewayError as error:
            if error.scope is not ErrorScope.ROW:
                raise
            return [self._refuse(path, error)]
        return []

    def _push(self, origin: str, items: Iterator[Item]) -> list[Item]:
        """Keep the rows; return the items without them, each with its error if it was refused."""
        kept: list[Item] = []
        for group in _groups(items):
            kept += pushed(group, lambda rows: self._inbox.push(self._name, rows, origin=origin, now=self._clock()))
        return kept

    def _end(self, path: Path) -> list[GatewayError]:
        items = self._open[path.name]
        verdicts = self._inbox.verdicts(self._name, [item.key for item in items if item.error is None])
        if not all(drop_reports.is_known(item, verdicts.get(item.key)) for item in items):
            return []
        lines = [drop_reports.line(item, verdicts.get(item.key)) for item in items]
        # A list without a row has nothing that could be refused.
        good = not lines or any(line["outcome"] != drop_reports.REFUSED for line in lines)
        report = drop_reports.report(escaped(path.name), lines, None, self._clock())
        self._put_away(path, "done" if good else "refused", report)
        return []

    def _refuse(self, path: Path, error: GatewayError) -> GatewayError:
        self._put_away(path, "refused", drop_reports.report(escaped(path.name), [], error, self._clock()))
        where = " ".join(filter(None, (self._name, escaped(path.name), error.where)))
        return GatewayError(error.code, where=where, detail=error.detail)

    def _put_away(self, path: Path, part: str, report: dict[str, object]) -> None:
        name = self._folder.place(part, path.name)
        for ending, octets in drop_reports.report_files(report).items():
            self._folder.write(part, f"{name}{ending}", octets)
        self._folder.put_away(path, part, name)
        self._open.pop(path.name, None)

    def _publish(self) -> None:
        """Write results recorded since the last file.

        After a crash they are written again, under the same name or with more results: a result is identified by its
        change.
        """
        try:
            self._folder.prepare()
            after = self._inbox.published(self._name)
            while told := self._inbox.told(self._name, after, RESULTS_A_FILE):
                after = told[-1].change
                for ending, octets in drop_reports.result_files(told).items():
                    self._folder.write("results", f"results-{after:018d}{ending}", octets)
                self._inbox.note_published(self._name, after)
        except OSError as error:
            raise self._stuck(None, error) from error

    def _stuck(self, path: Path | None, error: OSError) -> GatewayError:
        where = f"{self._name} {escaped(path.name)}" if path is not None else self._name
        return GatewayError("file.folder", where=where, detail=error.strerror or words_of(error))


def _groups(items: Iterable[Item]) -> Iterator[list[Item]]:
    """Yield items in groups of a bounded number and size."""
    group: list[Item] = []
    octets = 0
    for item in items:
        group.append(item)
        if item.row is not None:
            octets += size_of(item.row.fields)
        if len(group) == GROUP_ROWS or octets >= GROUP_BYTES:
            yield group
            group, octets = [], 0
    if group:
        yield group
