"""The OpenAPI document, bound: it has the place of each operation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adapters.crypto.schema.strict_json import parse_file
from gateway.runtime.errors import GatewayError
from gateway.runtime.plain_words import words_of

JOSE = "application/jose"


@dataclass(frozen=True, slots=True)
class RestOperation:
    """Operation: its operationId, the path below the endpoint, and the ``op`` claim of its answer."""

    name: str
    path: str
    answer: str


class RestBinding:
    """Operations of one profile's service, by their operationId."""

    def __init__(self, openapi: Path, operations: Sequence[str]) -> None:
        """Load ``openapi``, which must offer ``operations``, each as a POST of a compact JWS.

        Raises `GatewayError` ``courier.contract``, naming the file and the defect.
        """
        document = parse_file(openapi, str(openapi))
        try:
            paths = {
                item["post"]["operationId"]: path
                for path, item in document["paths"].items()
                if JOSE in item["post"]["requestBody"]["content"]
            }
        except (LookupError, TypeError, AttributeError) as error:
            detail = f"{words_of(error)}: {error}"
            raise GatewayError("courier.contract", where=str(openapi), detail=detail) from error
        for name in operations:
            if name not in paths or not _is_path(paths[name]):
                raise GatewayError("courier.contract", where=str(openapi), detail=f"no operation {name} with a path")
        self.operations = tuple(operations)
        self._bound = {name: RestOperation(name, str(paths[name]), f"{name}Response") for name in operations}

    def bound(self, operation: str) -> RestOperation:
        return self._bound[operation]


def _is_path(path: Any) -> bool:
    return isinstance(path, str) and path.startswith("/") and not set(path) & set("{}?# ")
