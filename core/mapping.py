"""Fields that the settings name: defaults, mappings from the Stripe object, service periods, subsidiaries by rule; and personal data left out.

All of it is done here, once, on the finished plan: no rule knows of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any

from core.choices import Choice, FieldRule, Form
from core.external_ids import UNALLOCATED_CUSTOMER
from core.money import Money
from core.outcome import Kind, cannot
from core.plan import Amend, Command, Ensure, Plan, Upsert
from core.records import (
    ByExternalId,
    CashRefund,
    CashSale,
    CreditMemo,
    Customer,
    Field,
    FieldValue,
    Internal,
    Invoice,
    ItemLine,
    JournalEntry,
    Record,
)
from core.settings import Settings
from core.snapshot import Customer as StripeCustomer
from core.snapshot import Invoice as StripeInvoice
from core.snapshot import InvoiceLine, Snapshot
from core.sources import Scalar, Sources, StripeObject, id_of

# NetSuite's names of the fields that rules fill and settings may fill otherwise.
OWN_FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "memo": "memo",
        "otherRefNum": "other_ref_num",
        "dueDate": "due_date",
        "email": "email",
        "phone": "phone",
        "comments": "comments",
        "displayName": "display_name",
        "description": "description",
    }
)
MAY_BE_EMPTY_TEXT = frozenset({"memo", "description", "display_name"})
PERSONAL = ("name", "email", "phone", "address", "shipping", "description")
Values = dict[str, FieldValue | None]
Sale = Invoice | CreditMemo | CashSale | CashRefund


def mapped(plan: Plan, snapshot: Snapshot, settings: Settings) -> Plan:
    """The plan with every field that the settings name filled in; CannotSync(refused) when a value does not fit its field."""
    if not settings.touches_fields:
        return plan
    mapping = _Mapping(Sources.of(snapshot), settings)
    return replace(plan, commands=tuple(mapping.command(command) for command in plan.commands))


@dataclass(frozen=True, slots=True)
class _Mapping:
    sources: Sources
    settings: Settings

    def command(self, command: Command) -> Command:
        match command:
            case Ensure(record):
                return replace(command, record=self._record(record))
            case Upsert(record, instead):
                return replace(command, record=self._record(record), instead=self._record(instead) if instead else None)
            case Amend(part, whole):
                return replace(command, part=self._without_personal_data(part), whole=self._record(whole))
            case _:
                return command

    def _record(self, record: Any) -> Any:
        source = self.sources.source(record.external_id)
        rules = [rule for rule in self.settings.fields if rule.record is record.type and not rule.on_lines]
        found = _filled(self._in_subsidiary(record, source), self._values(rules, source))
        if isinstance(found, Sale):
            found = replace(found, item=tuple(self._lines(found, source)))
        return self._without_personal_data(found)

    def _lines(self, record: Sale, source: StripeObject | None) -> Iterator[ItemLine]:
        """Stripe's lines come first and in order; the lines of discounts, shipping and taxes stand for none of them."""
        rules = [rule for rule in self.settings.fields if rule.record is record.type and rule.on_lines]
        sold = source.lines if isinstance(record, Invoice) and isinstance(source, StripeInvoice) else ()
        for at, line in enumerate(record.item):
            of = sold[at] if at < len(sold) else None
            yield _filled(line, {**self._service_period(of), **self._values(rules, of)})

    def _service_period(self, line: InvoiceLine | None) -> Values:
        """Stripe's end is exclusive, NetSuite's inclusive. A line of one moment ends on the day it begins."""
        start, end = self.settings.service_start_field, self.settings.service_end_field
        if line is None or line.period_start is None or line.period_end is None:
            return {}
        first = self.settings.day(line.period_start)
        last = max(first, self.settings.day(line.period_end) - timedelta(days=1))
        return {field: day for field, day in ((start, first), (end, last)) if field}

    def _values(self, rules: Iterable[FieldRule], source: StripeObject | None) -> Values:
        """Later rules beat earlier ones; a mapping that finds nothing leaves what stands."""
        values: Values = {}
        for rule in rules:
            choice = self._choice(rule.choices, source)
            if choice is None:
                continue
            if not choice.path:
                values[rule.field] = choice.value
            elif (said := self._said(source, choice.path)) is not None:
                values[rule.field] = fitting(said, choice, id_of(source) if source else "", self.settings)
        return values

    def _choice(self, choices: Iterable[Choice], *sources: StripeObject | None) -> Choice | None:
        """The first whose conditions hold of one of the objects."""
        return next((choice for choice in choices if any(self._holds(choice, source) for source in sources)), None)

    def _holds(self, choice: Choice, source: StripeObject | None) -> bool:
        return all(_text(self.sources.value(source, path)).lower() == wanted.lower() for path, wanted in choice.when)

    def _said(self, source: StripeObject | None, path: str) -> Scalar | None:
        if self.settings.personal_data == "none" and _is_personal(source, path):
            return None
        return self.sources.value(source, path)

    def _in_subsidiary(self, record: Record, source: StripeObject | None) -> Record:
        """By rule of the object or of its customer, so that what belongs to a customer is in the customer's subsidiary."""
        if not isinstance(record, Customer | JournalEntry) or source is None:
            return record
        customer = getattr(source, "customer", None)
        choice = self._choice(self.settings.subsidiaries, source, *((customer,) if customer else ()))
        return replace(record, subsidiary=choice.value) if choice and isinstance(choice.value, Internal) else record

    def _without_personal_data(self, record: Any) -> Any:
        if self.settings.personal_data != "none" or not isinstance(record, Customer) or record.external_id == UNALLOCATED_CUSTOMER:
            return record
        person = None if record.is_person is None else False
        name = None if record.company_name is None and record.first_name is None else record.external_id
        return replace(
            record, is_person=person, company_name=name, first_name=None, last_name=None, email=None, phone=None, address_book=()
        )


def fitting(said: Scalar, choice: Choice, stripe_id: str, settings: Settings) -> FieldValue:
    """What Stripe said in the form that the field takes; CannotSync(refused) when it is no such thing. Dates may be Unix times."""
    try:
        found = _in_form(said, choice.form, settings)
    except (ValueError, InvalidOperation, OverflowError, OSError):  # the last two of a Unix time far off
        found = None
    if found is None:
        wanted = "internal id" if choice.form == "reference" else choice.form
        remedy = f"Mend {choice.path} in Stripe, or the mapping in the settings, then retry."
        cannot(Kind.REFUSED, f"{choice.path} of {stripe_id} is no {wanted}", remedy)
    return found


def _in_form(said: Scalar, form: Form, settings: Settings) -> FieldValue | None:
    text = _text(said)
    match form:
        case "date":
            return _date(said, settings)
        case "number":
            number = Decimal(text)
            return number if number.is_finite() else None
        case "boolean":
            return text.lower() == "true" if text.lower() in ("true", "false") else None
        case "reference":
            return Internal(text) if text.isascii() and text.isdigit() else None
        case "external_id":
            return ByExternalId(text)
        case "text":
            return text


def _date(said: Scalar, settings: Settings) -> date:
    if isinstance(said, datetime):
        return settings.day(said)
    text = _text(said)
    return settings.day(datetime.fromtimestamp(int(text), UTC)) if text.isdigit() and len(text) > 8 else date.fromisoformat(text)


def _text(said: Scalar | None) -> str:
    match said:
        case None:
            return ""
        case bool():
            return "true" if said else "false"
        case Money():
            return f"{said.decimal:f}"
        case Decimal():
            return f"{said:f}"
        case date():
            return said.isoformat()
        case _:
            return str(said).strip()


def _filled(record: Any, values: Values) -> Any:
    """A field that the record has is replaced or emptied, any other joins its `fields`; None sends nothing."""
    own = {name: _own(name, value) for field, value in values.items() if (name := OWN_FIELDS.get(field)) and hasattr(record, name)}
    others: tuple[Field, ...] = tuple(
        (field, value) for field, value in values.items() if value is not None and not hasattr(record, OWN_FIELDS.get(field, " "))
    )
    return replace(record, **own, fields=others) if values else record


def _own(name: str, value: FieldValue | None) -> FieldValue | None:
    return "" if value is None and name in MAY_BE_EMPTY_TEXT else value


def _is_personal(source: StripeObject | None, path: str) -> bool:
    head, _, rest = path.rpartition("customer.")
    return (isinstance(source, StripeCustomer) or bool(head) or path.startswith("customer.")) and rest.partition(".")[0] in PERSONAL
