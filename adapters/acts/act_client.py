"""Client of acts: the service that runs here does them, or this process if none runs."""

from __future__ import annotations

import socket
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from adapters.acts.account import account, assert_own_account
from adapters.acts.act_message import REPLY, Facts, Request, facts_of, framed, read_frame
from adapters.acts.act_server import address_of
from gateway.operations.operator_action import NOT_AUTHENTICATED
from gateway.runtime.errors import GatewayError
from gateway.runtime.plain_words import words_of

if TYPE_CHECKING:
    from adapters.composition.installation import Installation

ANSWER_SECONDS: Final = 3600
"""Wait for an answer, after which the service is taken for hung: an act on thousands of notices may take long."""
_LIMIT: Final = struct.pack("ll", ANSWER_SECONDS, 0)


def perform(installation: Installation, name: str, reason: str, /, **arguments: Any) -> Facts:
    """Request an act and return its facts; ``account`` and ``authentication`` are among them.

    Raises `GatewayError`: ``act.socket-refused`` if this account may not act. ``act.reply`` if it is unknown that the
    act was done. ``act.user-namespace`` if two persons are required and no service can distinguish them. Also any error
    of the act.
    """
    request = Request(name=name, reason=reason, arguments=arguments)
    reply = _asked(installation.socket, request)
    if reply is not None:
        return facts_of(reply)
    # A service that does the act has all that it needs; only an act in this process needs the acts' own modules.
    from adapters.acts import registry

    if name in registry.ACTS and registry.ACTS[name].two_persons:
        assert_own_account()
    return registry.perform(installation, request, account(), NOT_AUTHENTICATED)


def _asked(path: Path, request: Request) -> bytes | None:
    """Return the service's reply, or None if no service listens."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as service:
        # By the kernel: with a limit of Python's, `connect` would not wait for a place in the queue.
        for option in (socket.SO_SNDTIMEO, socket.SO_RCVTIMEO):
            service.setsockopt(socket.SOL_SOCKET, option, _LIMIT)
        try:
            with address_of(path) as address:
                service.connect(address)
        except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError):
            return None
        except BlockingIOError as error:
            raise _no_answer(path) from error
        except OSError as error:
            detail = error.strerror or words_of(error)
            raise GatewayError("act.socket-refused", where=str(path), detail=detail) from error
        try:
            service.sendall(framed(request.octets))
            return read_frame(service.recv, REPLY, "act.reply")
        except BlockingIOError as error:
            raise _no_answer(path) from error
        except OSError as error:
            raise GatewayError("act.reply", where=str(path), detail=words_of(error)) from error


def _no_answer(path: Path) -> GatewayError:
    return GatewayError("act.reply", where=str(path), detail=f"no answer within {ANSWER_SECONDS} s")
