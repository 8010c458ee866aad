"""The accountant's part of the settings: accounts, policies, dates, matches, several Stripe accounts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationInfo

from core.choices import Pair
from core.dating import Periods
from core.ports import MATCHED, may_match
from core.records import RecordType
from core.settings import Settings
from core.sources import is_path

AccountId = Annotated[str, Field(pattern=r"^\d*$")]
Column = Annotated[str, Field(pattern=r"^(custcol\w+)?$")]


class Section(BaseModel):
    """A table of the settings file. A key that we do not know is a mistake, not a wish."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError("an IANA time zone is wanted, as America/New_York") from error
    return value


def listed(value: str) -> tuple[str, ...]:
    """The parts of a comma separated value, without blanks."""
    return tuple(part.strip() for part in value.split(",") if part.strip())


def _iso_date(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str) and value:
        try:
            date.fromisoformat(value)
        except ValueError:
            raise ValueError("a date is wanted, as 2026-01-01") from None
    return value


class MatchPair(Section):
    """A path in the Stripe object and the NetSuite field that must hold the same."""

    stripe: str
    netsuite: str

    @property
    def pair(self) -> Pair:
        return Pair(self.stripe, self.netsuite.lower())


def _as_pairs(value: object) -> object:
    """One pair or several; a word alone is the name of the field on both sides."""
    several = value if isinstance(value, list | tuple) else (value,)
    return tuple({"stripe": each, "netsuite": each} if isinstance(each, str) else each for each in several)


def _searchable(record: RecordType) -> Callable[[tuple[MatchPair, ...]], tuple[MatchPair, ...]]:
    def check(pairs: tuple[MatchPair, ...]) -> tuple[MatchPair, ...]:
        for each in pairs:
            if not is_path(record, each.stripe):
                raise ValueError(f"{each.stripe!r} is no path of Stripe's object, as email or metadata.crm_id")
            if not may_match(record, each.netsuite.lower()):
                raise ValueError(
                    f"NetSuite is not searched by {each.netsuite!r}; it is by {', '.join(sorted(MATCHED[record]))} and custom fields"
                )
        return pairs

    return check


class BankAccounts(BaseModel):
    """Bank accounts by currency."""

    model_config = ConfigDict(extra="allow", frozen=True)
    __pydantic_extra__: dict[str, AccountId]

    @property
    def by_currency(self) -> dict[str, str]:
        return {currency.lower(): account for currency, account in (self.__pydantic_extra__ or {}).items()}


class AccountsSection(Section):
    """NetSuite internal ids of general-ledger accounts."""

    undeposited_funds: AccountId = Field("", description="Where payments wait until a payout's Deposit collects them.")
    income: AccountId = Field("", description="Income of items.")
    payment_fees: AccountId = Field("", description="Stripe's fee on each payment.")
    stripe_fees: AccountId = Field("", description="Stripe's product fees: Billing, Radar, Tax ...")
    network_fees: AccountId = Field("", description="Passed-through network costs (IC+).")
    application_fees: AccountId = Field("", description="Connect application fees.")
    dispute_fees: AccountId = Field("", description="The fee of a dispute.")
    dispute_reversals: AccountId = Field("", description="Disputes won.")
    adjustments: AccountId = Field("", description="Reserves, top-ups and other adjustments.")
    suspense: AccountId = Field("", description="What no other account is named for.")
    bad_debt: AccountId = Field("", description="Uncollectible invoices.")
    discounts: AccountId = Field("", description="Discounts, where they post.")
    tax_payable: AccountId = Field("", description="Tax lines.")
    receivable: AccountId = Field("", description="Optional: the A/R account; empty leaves NetSuite's default.")
    bank: BankAccounts = Field(BankAccounts(), description='The bank account of each settlement currency: usd = "101".')


class CustomersSection(Section):
    """Which NetSuite Customer a sale is booked to."""

    policy: Literal["per_customer", "global"] = Field("per_customer", description="per_customer, or global: all under one customer.")
    create_on: Literal["event", "transaction"] = Field(
        "event", description="event: with customer.created; transaction: with the first sale."
    )
    as_person: bool = Field(False, description="A person when first and last name are known; else a company.")
    entity_id: Literal["numbered", "stripe_id"] = Field(
        "numbered",
        description="What NetSuite shows as the customer's id: numbered by NetSuite; stripe_id, which it refuses unless "
        "auto-generated numbers of customers allow override.",
    )
    add_currency: bool = Field(
        True, description="Add a currency to a NetSuite customer who is billed in it for the first time; else that fails."
    )
    match: Annotated[tuple[MatchPair, ...], BeforeValidator(_as_pairs), AfterValidator(_searchable(RecordType.CUSTOMER))] = Field(
        (),
        description='Link a customer that NetSuite holds already: "email", { stripe = "metadata.crm_id", netsuite = "entityid" }, or a list.',
    )
    update: tuple[Literal["name", "email", "phone", "address", "comments"], ...] = Field(
        (), description='Fields that customer.updated brings into line, as ["email", "phone"]; the address book is replaced whole.'
    )


class ItemsSection(Section):
    """Which NetSuite item a line sells."""

    policy: Literal["per_price", "global"] = Field("per_price", description="per_price, or global: one item for all lines.")
    match: Annotated[tuple[MatchPair, ...], BeforeValidator(_as_pairs), AfterValidator(_searchable(RecordType.SERVICE_SALE_ITEM))] = Field(
        (), description='Link an item that NetSuite holds already: { stripe = "metadata.sku", netsuite = "itemid" }, or a list of such.'
    )


class InvoicesSection(Section):
    """Invoices."""

    zero: Literal["skip", "sync"] = Field("skip", description="Invoices of zero lines only (trials): skip, or sync.")
    negative_lines: Literal["rate", "discount"] = Field(
        "rate", description="A negative line: of its own item at a negative rate, or a discount."
    )
    coupons: Literal["per_coupon", "global"] = Field(
        "per_coupon",
        description="What a coupon takes off: a DiscountItem of its own, or global: one for all that name none in their metadata.",
    )
    uncollectible: Literal["credit", "keep_open"] = Field(
        "credit", description="An uncollectible invoice: credited (to bad_debt, when set), or kept open."
    )
    out_of_band: AccountId = Field("", description="The account that payments outside Stripe are booked to; empty leaves the invoice open.")
    service_start_field: Column = Field("", description="Custom column for the first day of a line's service period, as custcol_start.")
    service_end_field: Column = Field("", description="Custom column for its last day.")


class ChargesSection(Section):
    """Charges."""

    without_invoice: Literal["unapplied", "invoice", "cash_sale", "customer_deposit"] = Field(
        "unapplied",
        description="A sale without invoice: an unapplied CustomerPayment, with a one-line Invoice too, or a CashSale or CustomerDeposit instead.",
    )
    allow_duplicate: bool = Field(
        False, description="A payment of an invoice that NetSuite holds as paid: booked unapplied; else it fails."
    )


class RefundsSection(Section):
    """Refunds."""

    partial: Literal["item", "pro_rata"] = Field(
        "item", description="A part of several lines: one line of Stripe Partial Refund Item, or each line in proportion."
    )


class DisputesSection(Section):
    """Disputes."""

    when_won: Literal["income_line", "reinstate"] = Field(
        "income_line",
        description="Money of a dispute that was won: a line of the payout to dispute_reversals; or a new Invoice and CustomerPayment, a member of it.",
    )


class PayoutsSection(Section):
    """Payouts."""

    on_invalid: Literal["suspense", "hold"] = Field(
        "suspense", description="While records are missing: post the rest, those in suspense; or hold all."
    )
    manual: Literal["transfer", "hold"] = Field(
        "transfer", description="A manual or instant payout: an entry from Undeposited Funds to bank, or hold."
    )


class TaxCodeSection(Section):
    """SuiteTax's names of one of Stripe's tax rates."""

    code: AccountId = Field(description="Internal id of the tax code.", min_length=1)
    type: AccountId = Field("", description="Internal id of its tax type; empty: not sent.")


class TaxSection(Section):
    """Tax. In an account with SuiteTax: tax_details, with NetSuite's tax code for each of Stripe's tax rates."""

    policy: Literal["line_item", "tax_details", "ignore"] = Field(
        "line_item",
        description="A line per tax rate; SuiteTax's tax details, with Stripe's amounts; or none: it stays in the lines it is on.",
    )
    code: AccountId = Field("", description="SuiteTax: internal id of the tax code of every tax rate that is not named below.")
    type: AccountId = Field("", description="SuiteTax: internal id of its tax type; empty: not sent.")
    codes: dict[str, TaxCodeSection] = Field({}, description='SuiteTax: by tax rate, as codes.txr_1 = { code = "12", type = "5" }.')


class LedgerSection(Section):
    """The ledger as a whole."""

    time_zone: Annotated[str, AfterValidator(_zone)] = Field("UTC", description="In which dates are reckoned, as America/New_York.")
    currency: str = Field("usd", description="Currency of a customer for whom Stripe names none.", pattern=r"^[a-z]{3}$")
    subsidiary: AccountId = Field("", description="Internal id of the subsidiary; needed in a OneWorld account.")
    start_date: Annotated[str, BeforeValidator(_iso_date)] = Field(
        "", description="Nothing that is older is synced, as 2026-01-01, except by resync and backfill; empty: everything is."
    )


Policy = Literal["", "hold", "next_open", "journal"]
ADJUSTABLE = "journal is possible for invoice, customer_payment, credit_memo and journal_entry: "


def _stays(policy: str, info: ValidationInfo) -> str:
    """A policy of what no entry can stand for."""
    if policy == "journal":
        raise ValueError(f"{ADJUSTABLE}no journal entry can stand for {info.field_name}; say hold or next_open")
    return policy


def _one_for_all(policy: str) -> str:
    if policy == "journal":
        raise ValueError(f"{ADJUSTABLE}name it for those; the default is hold or next_open")
    return policy


Stays = Annotated[Policy, AfterValidator(_stays)]


class PeriodsSection(Section):
    """What happens to a record whose day lies in a closed posting period: hold (it fails until a person reopens the period),
    next_open (the first open day, the original date in the memo) or, of an Invoice, CustomerPayment or CreditMemo that settles nothing,
    journal (there, a JournalEntry of its externalId and postings in its place, with accounts.receivable; it is never written again; keep
    the policy while such an entry is unsettled). One policy for all, another for some."""

    default: Annotated[Literal["hold", "next_open", "journal"], AfterValidator(_one_for_all)] = Field(
        "next_open", description="For every record that is not named below."
    )
    invoice: Policy = Field("", description="For an Invoice; empty as default.")
    customer_payment: Policy = Field("", description="For a CustomerPayment; empty as default.")
    cash_sale: Stays = Field("", description="For a CashSale; empty as default.")
    cash_refund: Stays = Field("", description="For a CashRefund; empty as default.")
    customer_deposit: Stays = Field("", description="For a CustomerDeposit; empty as default.")
    credit_memo: Policy = Field("", description="For a CreditMemo; empty as default.")
    customer_refund: Stays = Field("", description="For a CustomerRefund; empty as default.")
    deposit: Stays = Field("", description="For a Deposit; empty as default.")
    journal_entry: Policy = Field("", description="For a JournalEntry; empty as default.")

    def policies(self) -> Periods:
        named = {RecordType[name.upper()]: policy for name, policy in self.model_dump(exclude={"default"}).items() if policy}
        return Periods(self.default, named)


class PrivacySection(Section):
    """Personal data."""

    personal_data: Literal["full", "none"] = Field(
        "full", description="none: no names, e-mails, phones or addresses are written to NetSuite."
    )


class SubsidiaryRule(Section):
    """A subsidiary for what fits its conditions."""

    when: dict[str, Any] = Field(description="Paths of the Stripe object or of its customer, and what must stand there.")
    subsidiary: AccountId = Field(description="NetSuite internal id of the subsidiary.", min_length=1)


class StripeAccountSection(Section):
    """A connected Stripe account, or another of one's own, whose events are accepted."""

    name: str = Field("", description="The name in its webhook address: /webhooks/stripe/<name>.", pattern=r"^[A-Za-z0-9_-]*$")
    subsidiary: AccountId = Field("", description="Its subsidiary; empty: ledger.subsidiary.")
    accounts: AccountsSection = Field(AccountsSection(), description="Accounts that differ from [accounts].")
    api_key: SecretStr = Field(SecretStr(""), description="Its own key; empty: a connected account of the own one. Environment only.")
    webhook_secrets: SecretStr = Field(SecretStr(""), description="Its own signing secrets, comma separated. Environment only.")

    @property
    def secrets(self) -> tuple[str, ...]:
        return listed(self.webhook_secrets.get_secret_value())

    def rules(self, common: Settings) -> Settings:
        """The settings of all, with what this account says otherwise."""
        named = {name: value for name, value in self.accounts.model_dump(exclude={"bank"}).items() if value}
        accounts = replace(common.accounts, **named, bank={**common.accounts.bank, **self.accounts.bank.by_currency})
        return replace(common, accounts=accounts, subsidiary=self.subsidiary or common.subsidiary)
