"""What NetSuite holds against what we want it to hold, field by field, for the fields we own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import zip_longest
from typing import Any

from adapters.netsuite.codec import Json, one_line
from adapters.netsuite.fields import NOT_COMPARED, SUBLISTS, Sublist
from core.ports import Difference
from core.records import RecordType

REFERENCE = frozenset({"id", "externalId", "refName", "links"})


def differences(record_type: RecordType, wanted: Json, held: Json) -> Iterator[Difference]:
    """`wanted` is a body of ours, `held` the record as GET shows it with its sublists expanded."""
    sublists = SUBLISTS[record_type]
    for name, value in wanted.items():
        if name in NOT_COMPARED:
            continue
        if name in sublists:
            yield from _sublist(name, sublists[name], value["items"], _items(held.get(name)))
        elif isinstance(value, dict) and "items" in value:
            yield from _among(name, value["items"], _items(held.get(name)))
        else:
            yield from _value(name, value, held.get(name))


def _sublist(name: str, sublist: Sublist, wanted: Sequence[Json], held: Sequence[Json]) -> Iterator[Difference]:
    chosen = [line for line in held if not sublist.chosen or line.get(sublist.chosen) is True]
    pairs = _by_key(sublist.key, wanted, chosen) if sublist.key else zip_longest(wanted, chosen)
    for index, (want, hold) in enumerate(pairs):
        where = f"{name}[{index}]"
        if want is None or hold is None:
            yield Difference(where, _shown(hold), _shown(want))
        else:
            yield from _object(where, want, hold)


def _by_key(key: str, wanted: Sequence[Json], held: Sequence[Json]) -> Iterator[tuple[Json | None, Json | None]]:
    """Each wanted line with the held line of the same key; then the held lines that nobody wanted."""
    left = list(held)
    for want in wanted:
        match = next((line for line in left if _same(want[key], line.get(key))), None)
        if match is not None:
            left.remove(match)
        yield want, match
    yield from ((None, line) for line in left)


def _among(name: str, wanted: Sequence[Json], held: Sequence[Json]) -> Iterator[Difference]:
    """A collection to which users may add: ours must be in it."""
    for want in wanted:
        if not any(not tuple(_object("", want, line)) for line in held):
            yield Difference(name, ", ".join(_shown(line) for line in held), _shown(want))


def _object(where: str, wanted: Json, held: Json) -> Iterator[Difference]:
    for name, value in wanted.items():
        if name not in NOT_COMPARED:
            yield from _value(f"{where}.{name}", value, held.get(name))


def _value(where: str, wanted: Any, held: Any) -> Iterator[Difference]:
    if isinstance(wanted, dict) and not _is_reference(wanted):
        yield from _object(where, wanted, held if isinstance(held, dict) else {})
    elif not _same(wanted, held):
        yield Difference(where, _shown(held), _shown(wanted))


def _same(wanted: Any, held: Any) -> bool:
    """References by the id that we know them by, numbers by value, text without regard to line breaks and outer blanks."""
    match wanted, held:
        case dict(), _:
            shown = held if isinstance(held, dict) else {"id": held}
            return all(str(shown.get(name)) == str(value) for name, value in wanted.items())
        case (bool(), _) | (_, bool()):
            return wanted is held
        case Decimal() | int(), Decimal() | int() | str():
            return str(wanted) == held if isinstance(held, str) else wanted == held
        case str(), dict():  # SOAP has a reference where REST has its id as text: a tax detail's tax type
            return wanted == str(held.get("id"))
        case str(), str():
            return wanted == one_line(held)
        case _:
            return bool(wanted == held)


def _is_reference(value: Mapping[str, Any]) -> bool:
    return bool(value) and value.keys() <= REFERENCE


def _items(sublist: Any) -> Sequence[Json]:
    items = sublist.get("items", ()) if isinstance(sublist, dict) else ()
    return [line for line in items if isinstance(line, dict)]


def _shown(value: Any) -> str:
    """As NetSuite's API would print it, without links; "" for what is not there."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case Decimal():
            return f"{value:f}"
        case dict() if value.keys() <= REFERENCE:
            return str(value.get("id") or f"externalId {value.get('externalId')}")
        case dict():
            return ", ".join(f"{name} {_shown(part)}" for name, part in value.items() if name not in ("links", "refName"))
        case _:
            return str(value)
