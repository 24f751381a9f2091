"""Logs: one JSON object a line whoever writes it, and no words of an exception that nobody foresaw."""

from __future__ import annotations

import io
import json
import logging
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from adapters.cli.common.logs import log_to
from adapters.cli.service import parent
from adapters.cli.service.serve import _serve_in
from adapters.settings import LogSection
from gateway.runtime.errors import GatewayError
from tests.unit.shipped_configuration import GOOD

SECRET = "9990172460 ناصرالدین"


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    for handler in [each for each in root.handlers if each not in handlers]:
        root.removeHandler(handler)
        assert isinstance(handler, logging.StreamHandler)
        handler.stream.close()
    root.setLevel(level)
    structlog.reset_defaults()


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def broken() -> Exception:
    try:
        try:
            int(SECRET)
        except ValueError as error:
            raise KeyError(SECRET) from error
    except KeyError as error:
        return error


def test_an_exception_is_told_by_its_types_and_places_alone(tmp_path: Path) -> None:
    log_to(LogSection(file="gateway.log"), tmp_path)
    structlog.get_logger().error("pass broken", exc_info=broken())
    logging.getLogger("a.library").error("it broke", exc_info=broken())
    ours, theirs = lines(tmp_path / "gateway.log")
    assert (ours["event"], theirs["event"], theirs["logger"]) == ("pass broken", "it broke", "a.library")
    for line in (ours, theirs):
        assert line["level"] == "error"
        assert line["trace"][0] == "KeyError"
        assert line["trace"][1].startswith("test_logs.py:")
        assert "ValueError" in line["trace"]
    assert "9990172460" not in (tmp_path / "gateway.log").read_text(encoding="utf-8")


def test_a_file_that_was_moved_away_is_opened_anew(tmp_path: Path) -> None:
    section, log = LogSection(file="gateway.log"), tmp_path / "gateway.log"
    log_to(section, tmp_path)
    structlog.get_logger().info("first")
    log.rename(tmp_path / "gateway.log.1")
    log_to(section, tmp_path)
    structlog.get_logger().info("second")
    logging.getLogger("a.library").warning("third")
    assert [line["event"] for line in lines(tmp_path / "gateway.log.1")] == ["first"]
    assert [line["event"] for line in lines(log)] == ["second", "third"]


def test_the_level_is_kept(tmp_path: Path) -> None:
    log_to(LogSection(file="gateway.log", level="error"), tmp_path)
    structlog.get_logger().warning("quiet")
    logging.getLogger("a.library").warning("quiet")
    structlog.get_logger().error("loud")
    assert [line["event"] for line in lines(tmp_path / "gateway.log")] == ["loud"]


@pytest.mark.parametrize("file", ["nowhere/gateway.log", "gate\0way.log"])
def test_a_file_that_cannot_be_opened_is_named(file: str, tmp_path: Path) -> None:
    with pytest.raises(GatewayError) as refused:
        log_to(LogSection.model_construct(file=file), tmp_path)
    assert refused.value.code == "config.value"
    assert refused.value.where.endswith(file)


def test_a_full_disk_breaks_no_pass_that_logs() -> None:
    log_to(LogSection(file="full"), Path("/dev"))
    structlog.get_logger().error("lost")
    logging.getLogger("a.library").error("lost")


def test_a_thread_that_logs_during_a_reload_is_not_broken(tmp_path: Path) -> None:
    log_to(LogSection(file="old"), tmp_path)
    logger, [handler] = structlog.get_logger().bind(), logging.getLogger().handlers[-1:]
    log_to(LogSection(file="new"), tmp_path)
    logger.error("lost")
    handler.emit(logging.LogRecord("a.library", logging.ERROR, "", 0, "lost", None, None))


def test_a_text_that_is_no_utf_8_is_told(tmp_path: Path) -> None:
    log_to(LogSection(file="gateway.log"), tmp_path)
    structlog.get_logger().error("refused", where="/srv/\udcff")
    assert lines(tmp_path / "gateway.log")[0]["where"] == "/srv/\udcff"


def test_each_line_is_written_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines of two threads never stand in one: a line and its end are one call, for us and for libraries."""
    written: list[str] = []
    stream = io.StringIO()
    monkeypatch.setattr(stream, "write", lambda text: written.append(text) or len(text))
    monkeypatch.setattr(sys, "stderr", stream)
    log_to(LogSection(), Path())
    structlog.get_logger().error("ours")
    logging.getLogger("a.library").error("theirs")
    assert [json.loads(text)["event"] for text in written] == ["ours", "theirs"]
    assert all(text.endswith("}\n") for text in written)


def test_standard_error_is_never_closed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A program that runs a verb inside itself may have put another stream in its place since."""
    before = io.StringIO()
    monkeypatch.setattr(sys, "stderr", before)
    log_to(LogSection(), tmp_path)
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    log_to(LogSection(file="gateway.log"), tmp_path)
    assert not before.closed


def test_the_parent_of_processes_logs_where_the_present_file_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reloads: list[Callable[[], None]] = []

    class Processes:
        def __init__(self, _commands: object, _stop: float, _environment: object, reload: Callable[[], None]) -> None:
            reloads.append(reload)

        def run(self) -> int:
            return 0

    monkeypatch.setattr(parent, "Processes", Processes)
    good = GOOD.replace('"sqlite:///gateway.db"', '"postgresql://127.0.0.1/gateway"', 1)
    for folder in ("old", "new"):
        (tmp_path / folder).mkdir()
    config = tmp_path / "gateway.toml"
    config.write_text(good.replace("[log]\n", '[log]\nfile = "old/gateway.log"\n'), encoding="utf-8")
    assert _serve_in(2, ["dispatch"], None, config) == 0
    [reload] = reloads
    shutil.rmtree(tmp_path / "old")
    config.write_text(good.replace("[log]\n", '[log]\nfile = "new/gateway.log"\n'), encoding="utf-8")
    reload()
    structlog.get_logger().info("processes end")
    assert [line["event"] for line in lines(tmp_path / "new/gateway.log")] == ["processes end"]
    config.write_text(good.replace('name = "', 'name = "another-'), encoding="utf-8")
    with pytest.raises(GatewayError, match=r"config\.restart"):
        reload()
    structlog.get_logger().info("processes ended")
    assert lines(tmp_path / "new/gateway.log")[-1]["event"] == "processes ended"
