"""A Stripe Customer is a NetSuite Customer, unless the settings keep all sales under one customer."""

from __future__ import annotations

from collections.abc import Iterable

from core.choices import CUSTOMER_FIELDS, Pair
from core.external_ids import UNALLOCATED_CUSTOMER, external_id
from core.held import NOTHING_HELD, Ask, Held
from core.plan import Amend, Ensure, Match, Plan, nothing, plan
from core.records import Address, Customer, External, RecordType
from core.rules.countries import COUNTRIES
from core.settings import Settings
from core.snapshot import Address as StripeAddress
from core.snapshot import Customer as StripeCustomer
from core.snapshot import Price
from core.sources import value_at

RECORD_FIELDS = dict(
    zip(
        CUSTOMER_FIELDS,
        (("company_name", "first_name", "last_name"), ("email",), ("phone",), ("address_book",), ("comments",)),
        strict=True,
    )
)
COMPANY_NAME_LENGTH = 83  # NetSuite refuses a longer companyName (EXCEEDED_MAX_FIELD_LENGTH)


def plan_customer(customer: StripeCustomer, settings: Settings, held: Held = NOTHING_HELD) -> Plan:
    """customer.created: create the Customer, or leave it to the first transaction, or to the global customer.
    customer.updated, where settings want it: bring the fields that Stripe owns into line, nothing else."""
    if customer.deleted:
        return nothing("The customer was deleted in Stripe; no record in NetSuite is ever inactivated or deleted.")
    if settings.customers_policy == "global":
        return nothing("All sales go to one global customer (customers.policy).")
    amend = _amend(customer, settings) if settings.customers_update else ()
    if settings.customers_create_on == "event":
        because = f"A Customer for the Stripe customer.{_countries_left_out(customer)}"
        return plan(because, ensure_customer(customer, settings), *amend)
    if amend and customer_ref(customer, settings) in held:
        return plan("The Customer's fields that Stripe owns (customers.update).", *amend)
    return nothing("Customers are created with their first transaction (customers.create_on).")


def asks_of_customer(customer: StripeCustomer, settings: Settings) -> Iterable[Ask]:
    """Whether there is a Customer to bring into line, where its events alone make none."""
    if settings.customers_update and settings.customers_create_on == "transaction" and settings.customers_policy == "per_customer":
        yield Ask(customer_ref(customer, settings))


def ensure_customer(customer: StripeCustomer | None, settings: Settings) -> Ensure:
    """The Customer that a sale is booked to: the buyer's own, or the global one for guests and by policy."""
    if customer is None or settings.customers_policy == "global":
        return Ensure(global_customer(settings))
    return Ensure(netsuite_customer(customer, settings), matches(customer, settings.customers_match))


def matches(of: StripeCustomer | Price, pairs: Iterable[Pair]) -> tuple[Match, ...]:
    """What a record that stands in NetSuite already would be known by; a pair for which Stripe has no value says nothing."""
    if not pairs:
        return ()
    found = ((pair.netsuite, value_at(of, pair.stripe)) for pair in pairs)
    return tuple(Match(field, text) for field, value in found if isinstance(value, str) and (text := value.strip()))


def customer_ref(customer: StripeCustomer | None, settings: Settings) -> External:
    if customer is None or settings.customers_policy == "global":
        return External(RecordType.CUSTOMER, UNALLOCATED_CUSTOMER)
    return External(RecordType.CUSTOMER, external_id(customer.id))


def global_customer(settings: Settings) -> Customer:
    return Customer(
        external_id=UNALLOCATED_CUSTOMER,
        is_person=False,
        company_name="Stripe Unallocated Charges",
        currency=settings.default_currency,
        subsidiary=settings.subsidiary_ref,
    )


def netsuite_customer(customer: StripeCustomer, settings: Settings) -> Customer:
    first, last = _person(customer, settings)
    known_as = customer.name or customer.description or customer.email or customer.id
    return Customer(
        external_id=external_id(customer.id),
        is_person=bool(first),
        company_name=None if first else known_as[:COMPANY_NAME_LENGTH],
        first_name=first or None,
        last_name=last or None,
        email=customer.email or None,
        phone=customer.phone or None,
        comments=customer.id,
        entity_id=external_id(customer.id) if settings.customers_entity_id == "stripe_id" else None,
        currency=customer.currency or settings.default_currency,
        subsidiary=settings.subsidiary_ref,
        address_book=_address_book(customer),
    )


def _amend(customer: StripeCustomer, settings: Settings) -> tuple[Amend, ...]:
    """The opted-in fields that Stripe has a value for; a value taken away in Stripe is not taken away in NetSuite."""
    whole = netsuite_customer(customer, settings)
    owned = [field for field in settings.customers_update if settings.personal_data == "full" or field == "comments"]
    wanted = {name for field in owned for name in RECORD_FIELDS[field]}
    part = Customer(whole.external_id, is_person=None, currency=None, **{name: getattr(whole, name) for name in wanted})
    nothing_said = Customer(whole.external_id, is_person=None, currency=None)
    return (Amend(part, whole),) if part != nothing_said else ()


def _person(customer: StripeCustomer, settings: Settings) -> tuple[str, str]:
    """First and last name when both are known and persons are wanted, else two empty strings."""
    if not settings.customers_as_person:
        return "", ""
    split_first, _, split_last = customer.name.strip().partition(" ")
    first = customer.metadata.get("netsuite_first_name", split_first)
    last = customer.metadata.get("netsuite_last_name", split_last.strip())
    return (first, last) if first and last else ("", "")


def _address_book(customer: StripeCustomer) -> tuple[Address, ...]:
    billing, shipping = customer.address, customer.shipping
    if billing is not None and billing == shipping:
        return (_address("Billing and shipping", billing, billing=True, shipping=True),)
    entries = (
        _address("Billing", billing, billing=True) if billing else None,
        _address("Shipping", shipping, shipping=True) if shipping else None,
    )
    return tuple(entry for entry in entries if entry)


def _country(address: StripeAddress) -> str:
    """As NetSuite knows it; one that it does not know would have the whole Customer refused."""
    return code if (code := address.country.strip().upper()) in COUNTRIES else ""


def _countries_left_out(customer: StripeCustomer) -> str:
    """The warning of what was left out."""
    given = (address.country for address in (customer.address, customer.shipping) if address and not _country(address))
    unknown = ", ".join(dict.fromkeys(filter(None, given)))
    return f" WARNING: {unknown} is no country that NetSuite knows; it is left out." if unknown else ""


def _address(label: str, address: StripeAddress, *, billing: bool = False, shipping: bool = False) -> Address:
    return Address(
        label=label,
        addr1=address.line1,
        addr2=address.line2,
        city=address.city,
        state=address.state,
        zip=address.postal_code,
        country=_country(address),
        default_billing=billing,
        default_shipping=shipping,
    )
