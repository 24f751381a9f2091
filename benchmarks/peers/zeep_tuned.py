"""The tuned zeep loop: keys and the HTTP session are kept, several notices a call, a commit for 50 of them."""

from __future__ import annotations

import time

import case_rows
from own_table import OwnTable, Sent
from program import serve, work
from steps import Keys, receive, send

_COMMIT = 50
_WAIT = 0.05


def main() -> None:
    given = work()
    cases, table = case_rows.connect(given["cases"], wal=True), OwnTable(given["own"], wal=True)
    keys = Keys(given)

    def do_all() -> None:
        waiting, batch, kept = case_rows.waiting(cases), given["batch"], list[tuple[list[Sent], bytes]]()
        for first in range(0, len(waiting), batch):
            kept.append(send(keys, [case_rows.read(cases, key) for key in waiting[first : first + batch]]))
            if sum(len(rows) for rows, _ in kept) >= _COMMIT:
                table.sent(kept)
                kept.clear()
        table.sent(kept)
        while table.under_way():
            if not receive(keys, table):
                time.sleep(_WAIT)
        served = table.served()
        for first in range(0, len(served), _COMMIT):
            some = served[first : first + _COMMIT]
            case_rows.show(cases, map(case_rows.result, some))
            table.shown(some)

    serve(do_all)


main()
