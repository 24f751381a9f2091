"""Calls that overlap: each has a thread and a courier of its own, with its own connection."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from queue import Empty, SimpleQueue
from typing import Any

from gateway.judiciary.call_pool import Call, Ended
from gateway.judiciary.courier import Courier
from gateway.runtime.timekeeping import Steady


class ThreadedCalls:
    """Implementation of `gateway.judiciary.call_pool.CallPool`: ``make_courier`` makes a courier for each call.

    Couriers are kept for the next calls, and threads until `rest`. ``steady`` measures how long a call took.
    """

    def __init__(self, make_courier: Callable[[], Courier], first: Courier, steady: Steady) -> None:
        self._make_courier, self._steady = make_courier, steady
        self._couriers, self._free = [first], [first]
        self._threads: ThreadPoolExecutor | None = None
        self._ended: SimpleQueue[tuple[Courier, Ended]] = SimpleQueue()

    def make_ready(self, calls: int) -> None:
        while len(self._couriers) < calls:
            courier = self._make_courier()
            self._couriers.append(courier)
            self._free.append(courier)

    def begin(self, number: int, call: Call) -> None:
        if self._threads is None:
            self._threads = ThreadPoolExecutor(thread_name_prefix="call", max_workers=_MOST_THREADS)
        courier, began = self._free.pop(), self._steady()
        made: Future[Any] = Future()

        def make() -> None:
            if not made.set_running_or_notify_cancel():
                return
            try:
                answer = call(courier)
            except BaseException as error:
                made.set_exception(error)
            else:
                made.set_result(answer)

        def end(future: Future[Any]) -> None:
            ended = Ended(number=number, take=future.result, seconds=self._steady() - began)
            self._ended.put((courier, ended))

        try:
            self._threads.submit(make)
        except Exception:
            # No thread can be started, but the call is queued: a thread that has ended another one may make it already.
            if made.cancel():
                self._free.append(courier)
                raise
        made.add_done_callback(end)

    def ended(self) -> Sequence[Ended]:
        came = [self._ended.get()]
        try:
            while True:
                came.append(self._ended.get_nowait())
        except Empty:
            self._free += [courier for courier, _ in came]
            return [ended for _, ended in came]

    def rest(self) -> None:
        if self._threads is not None:
            self._threads.shutdown()
            self._threads = None


_MOST_THREADS = 100
"""As many as `judiciary.max_calls` may be."""
