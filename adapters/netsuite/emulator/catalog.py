"""The metadata catalog: which records the account has and which fields, its custom ones among them, as OpenAPI or JSON schema."""

from __future__ import annotations

from typing import Any

from adapters.netsuite.emulator.account import Chart
from adapters.netsuite.emulator.errors import Refused, invalid_request
from adapters.netsuite.emulator.exchange import Call, Reply, json_reply
from adapters.netsuite.emulator.fields import ADDRESS, BY_PATH, CUSTOM_COLUMNS, CUSTOM_FIELDS, REFERENCES, SHAPES, Shape
from adapters.netsuite.emulator.views import RECORDS, link

CATALOG = f"{RECORDS}/metadata-catalog"
REFERENCE = {"type": "object", "properties": {"id": {"type": "string"}, "externalId": {"type": "string"}, "refName": {"type": "string"}}}
KINDS: dict[str, Any] = {
    "boolean": {"type": "boolean"},
    "flag": REFERENCE,
    "enum": REFERENCE,
    "integer": {"type": "integer"},
    "money": {"type": "number", "format": "double"},
    "number": {"type": "number", "format": "double"},
    "date": {"type": "string", "format": "date"},
    "moment": {"type": "string", "format": "date-time"},
    "ignored": {"type": "object"},
    **dict.fromkeys(REFERENCES, REFERENCE),
}


def catalog(chart: Chart, call: Call, parts: list[str]) -> Reply:
    """GET of the catalog (`select` names record types, or none: all) or of one record type; `Accept` says in which form."""
    wanted = parts or [name for name in call.query.get("select", "").split(",") if name]
    unknown = [name for name in wanted if name.lower() not in BY_PATH]
    if unknown:
        raise Refused(f"Record type '{unknown[0]}' does not exist.", "NONEXISTENT_ID", 404)
    shapes = [BY_PATH[name.lower()] for name in wanted] or list(SHAPES.values())
    accepted = call.headers.get("accept", "application/json")
    if "schema+json" in accepted:
        if len(shapes) != 1:
            raise invalid_request("JSON schema is given for one record type at a time.")
        return _typed("application/schema+json", _schema(chart, shapes[0]))
    if "swagger+json" in accepted:
        schemas = {shape.type: _schema(chart, shape) for shape in shapes}
        about = {"title": "NetSuite REST API", "version": "v1"}
        return _typed("application/swagger+json", {"openapi": "3.0.1", "info": about, "paths": {}, "components": {"schemas": schemas}})
    items = [{"name": shape.type, "links": [link(f"{call.base}{CATALOG}/{shape.type}")]} for shape in shapes]
    return json_reply(200, {"items": items}, "collection")


def _schema(chart: Chart, shape: Shape) -> Any:
    own = _custom(chart, CUSTOM_FIELDS[shape.group])
    columns = _custom(chart, CUSTOM_COLUMNS)
    properties: dict[str, Any] = {name: _kind(kind) for name, kind in shape.properties.items() if name not in shape.sublists} | own
    for name, sublist in shape.sublists.items():
        line = {part: _kind(kind) for part, kind in sublist.properties.items()} | (columns if sublist.takes_custom_columns else {})
        properties[name] = {
            "type": "object",
            "properties": {"items": {"type": "array", "items": {"type": "object", "properties": line}}},
        }
    return {"type": "object", "properties": properties}


def _custom(chart: Chart, begins: str) -> dict[str, Any]:
    return {name: {**_kind(kind), "x-ns-custom-field": True} for name, kind in chart.custom_fields.items() if name.startswith(begins)}


def _kind(kind: str) -> Any:
    if kind == "address":
        return {"type": "object", "properties": {name: _kind(part) for name, part in ADDRESS.items()}}
    return KINDS.get(kind, {"type": "string"})


def _typed(media: str, value: Any) -> Reply:
    return Reply(200, {"Content-Type": media}, json_reply(200, value).body)
