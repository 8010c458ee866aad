"""What becomes of a record's fields when a body is laid over them: PATCH and PUT, with and without `?replace=`."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from adapters.netsuite.emulator.errors import invalid_content
from adapters.netsuite.emulator.fields import Shape, Sublist

Line = dict[str, Any]


def merged(shape: Shape, before: Mapping[str, Any], given: Mapping[str, Any], replace: AbstractSet[str]) -> dict[str, Any]:
    """The record's fields afterwards; a field given as None is emptied, one not given stays."""
    after = dict(before)
    for name, value in given.items():
        if name in shape.sublists:
            after[name] = [] if value is None else _merged_lines(shape.sublists[name], before.get(name, []), value, name in replace, name)
        elif value is None:
            after.pop(name, None)
        else:
            after[name] = value
    return after


def _merged_lines(sublist: Sublist, before: list[Line], given: list[Line], replace: bool, name: str) -> list[Line]:
    """Keyed lines: matching ones updated, others added, and with `replace` the missing ones removed. Others: appended, or re-created."""
    if not sublist.key:
        unnumbered = [{name: value for name, value in line.items() if name != sublist.numbered} for line in given]
        return _numbered(sublist, ([] if replace else before) + unnumbered)
    known = {_key(sublist, line): line for line in before}
    seen: dict[tuple[str, ...], Line] = {}
    for index, line in enumerate(given):
        key = _key(sublist, line) or (f"new {index}",)
        if key in seen:
            raise invalid_content(f"The sublist {name} names the same line twice.", f"{name}.items[{index}]")
        seen[key] = {**_without_stale(known.get(key, {}), line), **line}
    # Without replace an updated line keeps its place; with it the body's order is the order.
    return _numbered(sublist, list((seen if replace else known | seen).values()))


def _without_stale(before: Line, given: Line) -> Line:
    """The line as it was, less an amount that a new quantity or rate makes stale."""
    recalculated = "amount" not in given and given.keys() & {"quantity", "rate"}
    return {name: value for name, value in before.items() if not (recalculated and name == "amount")}


def _key(sublist: Sublist, line: Line) -> tuple[str, ...]:
    """What tells the line apart; () when the body did not say, which makes it a new line."""
    values = [line.get(name) for name in sublist.key]
    if values[0] is None:
        return ()
    return tuple(str(value["id"] if isinstance(value, dict) else value or 0) for value in values)


def _numbered(sublist: Sublist, lines: list[Line]) -> list[Line]:
    """Every line with a number of its own, a new one with the next free number; a property given as None is emptied."""
    lines = [{name: value for name, value in line.items() if value is not None} for line in lines]
    name = sublist.numbered
    if not name:
        return lines
    last = max((line[name] for line in lines if line.get(name) is not None), default=0)
    free = itertools.count(last + 1)
    return [line if line.get(name) is not None else {**line, name: next(free)} for line in lines]
