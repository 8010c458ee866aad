"""The accountant's choices, parsed and checked before anything starts: accounts, policies, dates.

The file's keys, defaults and sentences stand in services/config.py; this is what a rule sees of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from types import MappingProxyType
from typing import Literal

from core.choices import Choice, FieldRule, Pair
from core.dating import Periods
from core.outcome import CannotSync, misconfigured
from core.records import Internal

CustomerPolicy = Literal["per_customer", "global"]
CreateOn = Literal["event", "transaction"]
ItemPolicy = Literal["per_price", "global"]
ZeroInvoices = Literal["skip", "sync"]
NegativeLines = Literal["rate", "discount"]
Coupons = Literal["per_coupon", "global"]
EntityId = Literal["numbered", "stripe_id"]
Uncollectible = Literal["credit", "keep_open"]
TaxPolicy = Literal["line_item", "tax_details", "ignore"]
WithoutInvoice = Literal["unapplied", "invoice", "cash_sale", "customer_deposit"]
WhenWon = Literal["income_line", "reinstate"]
PartialRefund = Literal["item", "pro_rata"]
OnInvalid = Literal["suspense", "hold"]
PersonalData = Literal["full", "none"]
ManualPayouts = Literal["transfer", "hold"]


@dataclass(frozen=True, slots=True)
class Accounts:
    """NetSuite internal ids of the general-ledger accounts; "" = not set, which is an error only where a rule needs it."""

    undeposited_funds: str = ""
    income: str = ""
    payment_fees: str = ""
    stripe_fees: str = ""
    network_fees: str = ""
    application_fees: str = ""
    dispute_fees: str = ""
    dispute_reversals: str = ""
    adjustments: str = ""
    suspense: str = ""
    bad_debt: str = ""
    discounts: str = ""
    tax_payable: str = ""
    receivable: str = ""
    bank: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def need(self, name: str, needed_for: str) -> Internal:
        """The account of that name, or CannotSync that names the setting."""
        value: str = getattr(self, name)
        if not value:
            raise CannotSync(misconfigured(f"accounts.{name}", needed_for))
        return Internal(value)

    def bank_for(self, currency: str, needed_for: str) -> Internal:
        """The bank account that payouts in `currency` arrive at."""
        if currency not in self.bank:
            raise CannotSync(misconfigured(f"accounts.bank.{currency}", needed_for))
        return Internal(self.bank[currency])

    @property
    def receivable_or_default(self) -> Internal | None:
        """The A/R account to name on each transaction; None leaves NetSuite's default."""
        return Internal(self.receivable) if self.receivable else None


@dataclass(frozen=True, slots=True)
class TaxCode:
    """SuiteTax's names of a tax: internal ids of its tax code and of its tax type; "" = not set."""

    code: str = ""
    type: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a rule may depend on besides the snapshot."""

    accounts: Accounts
    time_zone: tzinfo = UTC
    subsidiary: str = ""
    default_currency: str = "usd"
    customers_policy: CustomerPolicy = "per_customer"
    customers_create_on: CreateOn = "event"
    customers_as_person: bool = False
    customers_entity_id: EntityId = "numbered"
    customers_add_currency: bool = True
    items_policy: ItemPolicy = "per_price"
    invoices_zero: ZeroInvoices = "skip"
    invoices_negative_lines: NegativeLines = "rate"
    invoices_coupons: Coupons = "per_coupon"
    invoices_uncollectible: Uncollectible = "credit"
    invoices_out_of_band: str = ""
    tax_policy: TaxPolicy = "line_item"
    tax_code: TaxCode = field(default_factory=TaxCode)
    tax_codes: Mapping[str, TaxCode] = field(default_factory=lambda: MappingProxyType({}))
    charges_without_invoice: WithoutInvoice = "unapplied"
    refunds_partial: PartialRefund = "item"
    disputes_when_won: WhenWon = "income_line"
    payouts_on_invalid: OnInvalid = "suspense"
    payouts_manual: ManualPayouts = "transfer"
    periods: Periods = field(default_factory=Periods)
    start_date: date | None = None
    require_allow: bool = False
    personal_data: PersonalData = "full"
    customers_match: tuple[Pair, ...] = ()
    customers_update: tuple[str, ...] = ()
    items_match: tuple[Pair, ...] = ()
    charges_allow_duplicate: bool = False
    service_start_field: str = ""
    service_end_field: str = ""
    fields: tuple[FieldRule, ...] = ()
    subsidiaries: tuple[Choice, ...] = ()

    @property
    def touches_fields(self) -> bool:
        """Whether a finished plan is gone through once more for the fields that settings name."""
        return bool(self.fields or self.subsidiaries or self.service_start_field or self.service_end_field or self.personal_data == "none")

    @property
    def opted_in(self) -> frozenset[str]:
        """Event types that act only because the settings say so."""
        customers = ("customer.updated",) if self.customers_update and self.customers_policy == "per_customer" else ()
        won = ("charge.dispute.closed", "charge.dispute.funds_reinstated") if self.disputes_when_won == "reinstate" else ()
        return frozenset((*customers, *won))

    def day(self, moment: datetime) -> date:
        """The ledger date of a moment: its calendar day in the ledger's time zone."""
        return moment.astimezone(self.time_zone).date()

    @property
    def checksum(self) -> str:
        """Names the settings: equal ones have equal checksums."""
        return hashlib.sha256(repr(self).encode()).hexdigest()

    def tax_code_of(self, rate_id: str) -> TaxCode:
        """SuiteTax's code for one of Stripe's tax rates, or CannotSync that names the setting."""
        found = self.tax_codes.get(rate_id, self.tax_code)
        if not found.code:
            raise CannotSync(misconfigured("tax.code", f"the tax rate {rate_id}"))
        return found

    @property
    def subsidiary_ref(self) -> Internal | None:
        return Internal(self.subsidiary) if self.subsidiary else None
