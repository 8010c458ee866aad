"""[defaults.*] and [mappings.*] of the settings -> the rules of core.choices, each checked against NetSuite's fields and Stripe's objects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, get_args

from adapters.netsuite.configurable import FIELDS, ONLY_IN_REST, WITH_LINES, form_of, is_custom
from core.choices import Choice, FieldRule, Form
from core.records import ByExternalId, FieldValue, Internal, RecordType
from core.sources import is_path

Table = Mapping[str, Any]
Where = tuple[str, ...]
LINES = "item"
CHOICE = frozenset({"from", "value", "as", "when"})
SUBSIDIARY_OF = (RecordType.CUSTOMER, RecordType.INVOICE, RecordType.CUSTOMER_REFUND, RecordType.DEPOSIT)


class _WrongField(ValueError):
    """What is wrong with one field of a table."""


def field_rules(defaults: Table, mappings: Table) -> tuple[FieldRule, ...]:
    """Defaults first, so that a mapping beats them. What is wrong is left out; `field_rule_problems` tells it."""
    return tuple(made for made in _each(defaults, mappings) if isinstance(made, FieldRule))


def field_rule_problems(defaults: Table, mappings: Table, subsidiaries: Sequence[Table] = ()) -> list[tuple[Where, str]]:
    """Everything that is wrong: where it stands, and what."""
    wrong = [made for made in _each(defaults, mappings) if not isinstance(made, FieldRule)]
    for when in subsidiaries:
        for path, _ in conditions(when):
            if not any(is_path(record, path) for record in SUBSIDIARY_OF):
                wrong.append((("subsidiaries",), _no_path(path)))
    return wrong


def soap_problems(defaults: Table, mappings: Table) -> list[tuple[Where, str]]:
    """Fields that NetSuite has over REST alone."""
    return [
        ((section, record.value, field), "is a field that NetSuite's SOAP does not have")
        for section, tables in (("defaults", defaults), ("mappings", mappings))
        for record, only in ONLY_IN_REST.items()
        for field in tables.get(record, {})
        if field in only
    ]


def conditions(when: Table, prefix: str = "") -> tuple[tuple[str, str], ...]:
    """Path and wanted value of each; `{ metadata = { channel = "web" } }` and `{ "metadata.channel" = "web" }` are the same."""
    found: list[tuple[str, str]] = []
    for name, wanted in when.items():
        if isinstance(wanted, Mapping):
            found += conditions(wanted, f"{prefix}{name}.")
        else:
            found.append((prefix + name, ("true" if wanted else "false") if isinstance(wanted, bool) else str(wanted)))
    return tuple(found)


def _each(defaults: Table, mappings: Table) -> Iterator[FieldRule | tuple[Where, str]]:
    for section, tables in (("defaults", defaults), ("mappings", mappings)):
        for name, table in tables.items():
            if name not in {record.value for record in RecordType}:
                yield (section, name), f"is no record that we write; those are {', '.join(FIELDS)}"
                continue
            yield from _table(section, RecordType(name), table)


def _table(section: str, record: RecordType, table: Table) -> Iterator[FieldRule | tuple[Where, str]]:
    for field, given in table.items():
        if field == LINES and record in WITH_LINES and isinstance(given, Mapping):
            yield from (_rule(section, record, name, value, on_lines=True) for name, value in given.items())
        else:
            yield _rule(section, record, field, given, on_lines=False)


def _rule(section: str, record: RecordType, field: str, given: Any, *, on_lines: bool) -> FieldRule | tuple[Where, str]:
    try:
        form = _standard_form(record, field, on_lines=on_lines)
        made = tuple(_choice(record, each, form, on_lines=on_lines) for each in _choices(section, given))
        return FieldRule(record, field, made, on_lines)
    except _WrongField as wrong:
        return (section, record.value, *((LINES,) if on_lines else ()), field), str(wrong)


def _standard_form(record: RecordType, field: str, *, on_lines: bool) -> Form | None:
    """What a standard field takes; None for a custom one, which takes anything."""
    form = form_of(record, field, on_lines=on_lines)
    if form is None and not is_custom(record, field, on_lines=on_lines):
        raise _WrongField(f"is no field of {record}{' lines' if on_lines else ''} that settings may fill, nor a custom one")
    return form


def _choices(section: str, given: Any) -> list[Table]:
    """A default is a value, a mapping a path; either may be a table or a list of tables, of which the first that fits counts."""
    several = given if isinstance(given, list) else [given]
    word = "value" if section == "defaults" else "from"
    found = [each if isinstance(each, Mapping) else {"value" if each == "" else word: each} for each in several]
    for each in found:
        if unknown := each.keys() - CHOICE:
            raise _WrongField(f"has {', '.join(sorted(unknown))}; a choice has from or value, as, when")
        if ("from" in each) == ("value" in each):
            raise _WrongField("a choice has either from (a path) or value")
    return found


def _choice(record: RecordType, given: Table, standard: Form | None, *, on_lines: bool) -> Choice:
    said = given.get("as")
    if said is not None and said not in get_args(Form):
        raise _WrongField(f"as is one of {', '.join(get_args(Form))}")
    when = conditions(given.get("when", {}))
    for path in (*(path for path, _ in when), *([given["from"]] if "from" in given else [])):
        if not isinstance(path, str) or not is_path(record, path, on_lines=on_lines):
            raise _WrongField(_no_path(path))
    form: Form = said or standard or _form_of_value(given.get("value", ""))
    if "from" in given:
        return Choice(path=given["from"], form=form, when=when)
    return Choice(_value(given["value"], form), when=when, form=form)


def _no_path(path: object) -> str:
    return f"{path!r} is no path in Stripe's object, as metadata.company_id, description or customer.email"


def _form_of_value(value: object) -> Form:
    match value:
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case date():
            return "date"
        case _:
            return "text"


def _value(value: object, form: Form) -> FieldValue | None:
    """A fixed value in its form; "" means that nothing is sent."""
    text = str(value).strip()
    if value == "":
        return None
    try:
        match form:
            case "text":
                return text
            case "number" if not isinstance(value, bool):
                return Decimal(text)
            case "boolean" if isinstance(value, bool):
                return value
            case "date":
                return _day(value)
            case "external_id":
                return ByExternalId(text)
            case "reference" if text.startswith("eid:") and len(text) > len("eid:"):
                return ByExternalId(text.removeprefix("eid:"))
            case "reference" if text.isascii() and text.isdigit():
                return Internal(text)
    except (ValueError, InvalidOperation):
        pass
    wanted = {"reference": 'an internal id, or an externalId as "eid:..."', "date": "a date, as 2026-01-01"}.get(form, f"a {form}")
    raise _WrongField(f"takes {wanted}")


def _day(value: object) -> date:
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else date.fromisoformat(str(value))
