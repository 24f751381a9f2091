"""Survey of an OpenAPI document (3.0.3, 3.1.0) in JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from adapters.contracts.json_folder import Place
from adapters.contracts.rest_document import RestDocument
from adapters.judiciary.plain_rest.plain_contract import answer_tree, request_tree
from adapters.judiciary.skeleton.survey import Demands, Survey, SurveyedOperation
from gateway.runtime.errors import GatewayError

_METHODS: Final = frozenset({"get", "put", "post", "delete", "patch", "head", "options"})
_JOSE: Final = ("application/jose", "application/jose+json")


def survey_openapi(service: Path) -> Survey:
    """Return the survey of an OpenAPI document. Raises `GatewayError` ``courier.contract`` or ``profile.contract``."""
    document = RestDocument(service)
    root = document.root
    operations, unserved = list[SurveyedOperation](), list[GatewayError]()
    for path, method, told in _operations(root.value):
        name = told.get("operationId")
        if not isinstance(name, str):
            where = f"{method.upper()} {path}"
            unserved.append(
                GatewayError("unserved.part", where=where, detail="no operationId: write one into the copy")
            )
            continue
        try:
            call = document.operation(name)
            made = SurveyedOperation(
                name=name,
                request=request_tree(document, call),
                answer=answer_tree(document, call),
                statuses=[int(status) for status in call.answers if status.isdigit()],
            )
        except GatewayError as error:
            unserved.append(GatewayError("unserved.part", where=name, detail=error.detail))
            continue
        operations.append(made)
    if not operations:
        raise GatewayError("profile.contract", where=service.name, detail="no operation that is served")
    if any(kind in _media(root.value) for kind in _JOSE):
        detail = "messages are signed as JWS: write protocol = rest-mapped and [security.jws] by hand"
        unserved.append(GatewayError("unserved.part", where=service.name, detail=detail))
    demands, foreign = _demands(root)
    info = root.value.get("info")
    title = info.get("title") if isinstance(info, dict) else None
    return Survey(
        protocol="rest-json",
        title=title if isinstance(title, str) else service.stem,
        service=service,
        messages=service,
        fault=None,
        operations=operations,
        demands=demands,
        unserved=[*unserved, *foreign],
    )


def _operations(document: Mapping[str, Any]) -> list[tuple[str, str, Mapping[str, Any]]]:
    paths = document.get("paths")
    return [
        (path, method, told)
        for path, methods in (paths.items() if isinstance(paths, dict) else ())
        if isinstance(methods, dict)
        for method, told in methods.items()
        if method in _METHODS and isinstance(told, dict)
    ]


def _media(document: Mapping[str, Any]) -> set[str]:
    found = set[str]()
    for _, _, told in _operations(document):
        body = told.get("requestBody")
        content = body.get("content") if isinstance(body, dict) else None
        found |= set(content) if isinstance(content, dict) else set()
    return found


def _demands(root: Place) -> tuple[Demands, Sequence[GatewayError]]:
    components = root.value.get("components")
    listed = components.get("securitySchemes") if isinstance(components, dict) else None
    schemes = listed if isinstance(listed, dict) else {}
    servers = root.value.get("servers")
    urls = [each.get("url") for each in servers if isinstance(each, dict)] if isinstance(servers, list) else []
    basic, headers, scopes, bearers, foreign = False, list[str](), None, list[str](), list[GatewayError]()
    if listed is not None and not isinstance(listed, dict):
        foreign.append(GatewayError("unserved.security", where="securitySchemes", detail="not a JSON object"))
    for name, told in schemes.items():
        match told:
            case {"type": "http", "scheme": str() as scheme} if scheme.lower() == "basic":
                basic = True
            case {"type": "http", "scheme": str() as scheme} if scheme.lower() == "bearer":
                bearers.append(name)
            case {"type": "apiKey", "in": "header", "name": str() as header} if header.lower() == "authorization":
                bearers.append(name)
            case {"type": "apiKey", "in": "header", "name": str() as header}:
                headers.append(header)
            case {"type": "oauth2", "flows": {"clientCredentials": dict() as flow}}:
                named = flow.get("scopes")
                scopes = sorted(named) if isinstance(named, dict) else []
            case {"type": "mutualTLS"}:
                pass
            case _:
                kind = told.get("type") if isinstance(told, dict) else None
                foreign.append(GatewayError("unserved.security", where=name, detail=str(kind)))
    demands = Demands(
        http_basic=basic,
        secret_headers=headers,
        oauth2_scopes=scopes,
        bearer_schemes=bearers,
        mutual_tls=any(isinstance(t, dict) and t.get("type") == "mutualTLS" for t in schemes.values()),
        address=next((url for url in urls if isinstance(url, str)), ""),
    )
    return demands, foreign
