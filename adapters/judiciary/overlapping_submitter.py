"""Submissions that overlap: each call has a thread and a courier of its own, with its own connection."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from queue import Empty, SimpleQueue

from gateway.judiciary.courier import Answer, Courier, Message, Outcome
from gateway.judiciary.submitter import Heard

_Ended = tuple[Message, Courier, Future[Answer[Outcome]]]


class OverlappingSubmitter:
    """Implementation of `gateway.judiciary.submitter.Submitter`: ``make_courier`` makes a courier for each call.

    Couriers are kept for the next calls, and threads until `rest`.
    """

    def __init__(self, make_courier: Callable[[], Courier], first: Courier) -> None:
        self._make_courier = make_courier
        self._couriers, self._free = [first], [first]
        self._threads: ThreadPoolExecutor | None = None
        self._ended: SimpleQueue[_Ended] = SimpleQueue()

    def make_ready(self, calls: int) -> None:
        while len(self._couriers) < calls:
            courier = self._make_courier()
            self._couriers.append(courier)
            self._free.append(courier)

    def begin(self, message: Message) -> None:
        courier = self._free.pop()
        if self._threads is None:
            self._threads = ThreadPoolExecutor(thread_name_prefix="call", max_workers=_MOST_THREADS)
        call = self._threads.submit(courier.submit, message)
        call.add_done_callback(lambda ended: self._ended.put((message, courier, ended)))

    def answers(self) -> Sequence[Heard]:
        came = [self._ended.get()]
        try:
            while True:
                came.append(self._ended.get_nowait())
        except Empty:
            self._free += [courier for _, courier, _ in came]
            return [(message, ended.result) for message, _, ended in came]

    def rest(self) -> None:
        if self._threads is not None:
            self._threads.shutdown()
            self._threads = None


_MOST_THREADS = 100
"""As many as `judiciary.max_calls` may be."""
