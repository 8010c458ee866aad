"""What NetSuite should hold, as data: printed, named by a checksum, compared, and only then executed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any

from core.money import Money
from core.outcome import Failed
from core.records import ByExternalId, Customer, External, Internal, Record, key
from core.references import total


@dataclass(frozen=True, slots=True)
class Match:
    """A field of NetSuite's that holds the whole of this value, case and outer blanks aside."""

    field: str
    value: str

    def __str__(self) -> str:
        return f"{self.field} = {self.value}"


@dataclass(frozen=True, slots=True)
class Ensure:
    """Create the record if its externalId is missing; never touch what is there.

    `matches`: before it is created, a record that NetSuite holds already is looked for by each of these in turn.
    `named`: the one that a person named, when none of these finds any; then none is created."""

    record: Record
    matches: tuple[Match, ...] = ()
    named: Linked | None = None


@dataclass(frozen=True, slots=True)
class Upsert:
    """Create the record, or bring it into line. `instead`: what to write when NetSuite says that what it settles is paid already."""

    record: Record
    instead: Record | None = None


@dataclass(frozen=True, slots=True)
class Linked:
    """The record stands in NetSuite already, under an internal id that somebody wrote into the metadata of `stripe_id`.

    `ref` is what we remember it as; `type` is NetSuite's name of its record type, which may be one that we never write."""

    ref: External
    internal_id: str
    type: str
    metadata_key: str
    stripe_id: str


@dataclass(frozen=True, slots=True)
class Amend:
    """Bring exactly the fields that `part` names into line, nothing else; `whole` is the record as we would create it now."""

    part: Customer
    whole: Customer

    @property
    def ref(self) -> External:
        return key(self.part)


@dataclass(frozen=True, slots=True)
class Require:
    """The record must be in NetSuite already; `made_by` is the Stripe id whose sync brings it."""

    ref: External
    made_by: str


Command = Ensure | Upsert | Amend | Linked | Require


@dataclass(frozen=True, slots=True)
class Plan:
    """Commands in posting order. `because` says in one sentence what the plan is, and is all there is to say of an empty one;
    `pending` is what is still missing when the plan has been executed: the subject is tried again. `reckons_with` are the records that the
    rule found in NetSuite when it said so, whether or not a command names them: what undoes a record does not write it."""

    commands: tuple[Command, ...]
    because: str
    pending: Failed | None = None
    reckons_with: tuple[External, ...] = ()

    def __post_init__(self) -> None:
        if not self.because:
            raise ValueError("a plan says why")

    @property
    def writes(self) -> tuple[Ensure | Upsert, ...]:
        return tuple(command for command in self.commands if isinstance(command, Ensure | Upsert))

    @property
    def acts(self) -> bool:
        """Whether it says of some record that NetSuite should hold it; else there is nothing to sync."""
        return any(isinstance(command, Ensure | Upsert | Amend | Linked) for command in self.commands)


def nothing(because: str) -> Plan:
    """The plan that holds nothing, and why."""
    return Plan((), because)


def plan(because: str, *commands: Command) -> Plan:
    """A plan without repetition: a command that stands twice is kept once, at its first place."""
    first: dict[tuple[object, ...], Command] = {}
    for command in commands:
        first.setdefault(_names(command), command)
    return Plan(tuple(first.values()), because)


def _names(command: Command) -> tuple[object, ...]:
    """What makes a command a repetition of another: the same verb for the same record."""
    if isinstance(command, Ensure | Upsert):
        return type(command), command.record.type, command.record.external_id
    return type(command), command.ref


def page(of: Plan) -> str:
    """The plan as an accountant reads it: every field that will be sent, nothing else."""
    return "\n".join([f"# {of.because}", *(line for command in of.commands for line in _command(command))]) + "\n"


def checksum(of: Plan) -> str:
    """Names the plan: equal plans have equal checksums, and a change of any field changes it."""
    return page_checksum(page(of))


def page_checksum(text: str) -> str:
    """The checksum of a plan whose page this is."""
    return hashlib.sha256(text.encode()).hexdigest()


def record_checksum(record: Record) -> str:
    """Names what we want one record to be."""
    return hashlib.sha256("\n".join(_record(record)).encode()).hexdigest()


def _command(command: Command) -> Iterator[str]:
    match command:
        case Require():
            yield f"require {command.ref}"
        case Linked():
            yield f"linked  {command.ref} is {command.type} #{command.internal_id} ({command.metadata_key} of {command.stripe_id})"
        case Amend(part):
            yield f"amend   {key(part)}"
            yield from _record(part)
        case Ensure() | Upsert():
            verb = "ensure " if isinstance(command, Ensure) else "upsert "
            amount = total(command.record)
            yield f"{verb} {key(command.record)}{f'  {amount}' if amount else ''}"
            yield from _record(command.record)
            yield from _choices(command)


def _choices(command: Ensure | Upsert) -> Iterator[str]:
    if isinstance(command, Ensure):
        yield from (f"  or the one with  {match}" for match in command.matches)
        yield from (f"  or else {line}" for line in (_command(command.named) if command.named else ()))
    elif command.instead:
        yield "  or, where that is paid already:"
        yield from (f"  {line}" for line in _record(command.instead))


def _record(record: Record) -> Iterator[str]:
    for name in (field.name for field in fields(record)):
        value = getattr(record, name)
        if name == "external_id" or value in (None, "", ()):
            continue
        if name == "fields":
            yield from (f"  {field:<16} {_value(held)}" for field, held in value)
        elif isinstance(value, tuple):
            yield from (f"  {name:<16} {_line(line)}" for line in value)
        else:
            yield f"  {name:<16} {_value(value)}"


def _line(line: Any) -> str:
    named = [(field.name, getattr(line, field.name)) for field in fields(line) if field.name != "fields"] + [*getattr(line, "fields", ())]
    return "  ".join(f"{name} {_value(value)}" for name, value in named if value not in (None, "", False))


def _value(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case Money() | External() | Internal() | ByExternalId() | int():
            return str(value)
        case Decimal():
            return f"{value.normalize():f}"
        case date():
            return value.isoformat()
        case str():
            return repr(value) if not value.isprintable() else value
        case _:
            raise TypeError(f"a plan cannot show {value!r}")
