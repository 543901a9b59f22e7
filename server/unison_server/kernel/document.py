"""The OpenAPI document: what FastAPI can't tell from the endpoints alone."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from fastapi import FastAPI
from unison_domain.kernel.contracts import Problem

from unison_server.kernel.field_descriptions import describe_fields

_BEARER = {
    "type": "http",
    "scheme": "bearer",
    "description": "The access token of a person (JWT, from /auth/login), or the token of a device.",
}


def install(app: FastAPI, public: Collection[str]) -> None:
    """Add the problem's schema, which `PROBLEM_ANSWER` refers to, and who may ask.

    Args:
        public: operation ids that need no token; all others need one.
    """
    build = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema:  # FastAPI keeps what it built, and we what we added to it
            return app.openapi_schema
        document = build()
        components = document.setdefault("components", {})
        schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}", mode="serialization")
        schemas = components.setdefault("schemas", {})
        schemas.update(schema.pop("$defs", {}))
        schemas["Problem"] = schema
        describe_fields(schemas)
        components["securitySchemes"] = {"bearer": _BEARER}
        for path in document["paths"].values():
            for operation in path.values():
                operation["security"] = [] if operation["operationId"] in public else [{"bearer": []}]
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # the extension point FastAPI documents
