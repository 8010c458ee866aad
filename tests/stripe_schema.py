"""Stripe's derived schemas as JSON Schema 2020-12, to check that the sandbox's objects look like Stripe's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from tests.shared import SHARED

SCHEMA = SHARED / "stripe" / "schema" / "schema-2026-10-28.endive.json"
ADDRESS = "urn:stripe"
# https://docs.stripe.com/api/pagination: the source has no schema of a list on a page of its own.
LIST = {"object", "data", "has_more", "url"}
# Keywords of the source that say nothing JSON Schema knows, or that turn an open list of values into a closed one.
DROPPED = frozenset(("nullable", "deprecated", "format"))


def converted(node: Any) -> Any:
    """`nullable` becomes a null beside it, open enums stay open, and an object with fields has no others."""
    if isinstance(node, list):
        return [converted(item) for item in node]
    if not isinstance(node, dict):
        return node
    if "x-kind" in node:
        return {}
    open_values = node.get("x-open-enum")
    kept: dict[str, Any] = {
        name: _named(value) if name == "properties" else converted(value)
        for name, value in node.items()
        if name not in DROPPED and not name.startswith("x-") and not (name == "enum" and open_values)
    }
    if kept.get("properties") and not node.get("x-stub"):
        kept["additionalProperties"] = False
    if "$ref" in kept:
        kept = {"$ref": f"{ADDRESS}{kept['$ref']}"}
    return {"anyOf": [kept, {"type": "null"}]} if node.get("nullable") else kept


def _named(properties: dict[str, Any]) -> dict[str, Any]:
    return {name: converted(value) for name, value in properties.items()}


@cache
def _registry() -> Registry[Any]:
    source = json.loads(SCHEMA.read_text())
    schemas = {name: converted(schema) for name, schema in source["components"]["schemas"].items()}
    document = {"components": {"schemas": schemas}}
    resource: Resource[Any] = Resource.from_contents(document, default_specification=DRAFT202012)
    registry: Registry[Any] = Registry().with_resource(ADDRESS, resource)
    return registry


@cache
def validator(kind: str) -> Draft202012Validator:
    """Of one object type, by the value of its `object` field."""
    return Draft202012Validator({"$ref": f"{ADDRESS}#/components/schemas/{kind}"}, registry=_registry())


def complaints(found: dict[str, Any]) -> Iterator[str]:
    """What the schema has against an object, each with the path to it; a deleted object has a schema of its own, a list one of ours."""
    kind = f"deleted_{found['object']}" if found.get("deleted") else found["object"]
    if kind == "list":
        if found.keys() != LIST or not isinstance(found["has_more"], bool) or not found["url"].startswith("/v1/"):
            yield f"list: {sorted(found)}"
        for one in found["data"]:
            yield from complaints(one)
        return
    if kind == "event":
        yield from complaints(found["data"]["object"])
    for error in validator(kind).iter_errors(found):
        yield f"{kind}.{'.'.join(str(step) for step in error.absolute_path)}: {error.message[:200]}"
