"""Structured logs: one JSON object a line, our own and those of the libraries; never a person's data."""

from __future__ import annotations

import json
import logging
import sys
import traceback
from collections.abc import MutableMapping
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import IO, TYPE_CHECKING, Any, TextIO, cast

import structlog
from structlog.typing import Processor

from adapters.terminal.safe_console import harmless_json
from gateway.runtime.errors import GatewayError
from gateway.runtime.plain_words import exception_name, words_of

if TYPE_CHECKING:
    from adapters.settings import LogSection

Event = MutableMapping[str, Any]


def log_to(section: LogSection, base: Path) -> None:
    """Send logs to the configured file, or to standard error.

    It may be called again: a moved or newly named file is opened. Raises ``config.value`` if the file cannot be opened.
    """
    file = _opened(base / section.file) if section.file is not None else None
    stream = Patient(file or sys.stderr, owned=file is not None)
    level = logging.getLevelName(section.level.upper())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        where_it_broke,
    ]
    render = structlog.processors.JSONRenderer(_line)
    structlog.configure(
        processors=[*shared, render],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(cast("TextIO", stream)),
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render],
        )
    )
    root = logging.getLogger()
    before = [old for old in root.handlers if isinstance(old.formatter, structlog.stdlib.ProcessorFormatter)]
    root.addHandler(handler)
    root.setLevel(max(level, logging.WARNING))
    for old in before:
        root.removeHandler(old)
        if isinstance(old, logging.StreamHandler) and isinstance(old.stream, Patient):
            old.stream.close()


def _line(event: Event, **options: Any) -> str:
    """Return one line of JSON that commands no terminal on which somebody reads the log."""
    return harmless_json(json.dumps(event, ensure_ascii=False, **options))


class Patient:
    """Stream that a full disk does not break: an unwritable line is lost, and nothing else is.

    The same holds for a stream that a reload closed while a thread wrote a line (``ValueError``). Our own lines and
    those of libraries come by two ways from many threads; each call writes one whole line. Only a stream that is
    ``owned`` is closed: standard error is the process's.
    """

    def __init__(self, stream: IO[str], *, owned: bool) -> None:
        self._stream, self._owned, self._lock = stream, owned, Lock()

    def write(self, text: str) -> int:
        with suppress(OSError, ValueError), self._lock:
            return self._stream.write(text)
        return 0

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            self._stream.flush()

    def close(self) -> None:
        if self._owned:
            with suppress(OSError):
                self._stream.close()


def where_it_broke(_logger: object, _method: str, event: Event) -> Event:
    """Replace an exception by its types and places. Its words are left out: they may quote a row."""
    found = event.pop("exc_info", None)
    error = found[1] if isinstance(found, tuple) else found
    if found is True:
        error = sys.exception()
    places = []
    while isinstance(error, BaseException):
        places.append(exception_name(type(error)))
        frames = traceback.extract_tb(error.__traceback__)
        places += [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
        error = error.__cause__ or error.__context__
    return {**event, "trace": places} if places else event


def _opened(path: Path) -> IO[str]:
    try:
        return path.open("a", encoding="utf-8", errors="backslashreplace", buffering=1)
    except (OSError, ValueError) as error:
        raise GatewayError("config.value", where=str(path), detail=f"log.file: {words_of(error)}") from error
