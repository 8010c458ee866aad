"""Settings: one TOML file, environment variables that win over it, secrets from the environment or from files; all mistakes reported at once."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr
from pydantic_settings import BaseSettings, EnvSettingsSource, InitSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from core.dating import Periods
from core.records import RecordType
from core.settings import Accounts, Settings

PREFIX = "STRIPE_NETSUITE_"
SECRETS = {
    "stripe": ("api_key", "webhook_secrets"),
    "netsuite": ("consumer_key", "consumer_secret", "token_id", "token_secret"),
}
ADDRESS = re.compile(r"[^\s:]+:\d{1,5}")


def _address(value: str) -> str:
    if not ADDRESS.fullmatch(value):
        raise ValueError("an address is host:port")
    return value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError("an IANA time zone is wanted, as America/New_York") from error
    return value


def listed(value: str) -> tuple[str, ...]:
    """The parts of a comma separated value, without blanks."""
    return tuple(part.strip() for part in value.split(",") if part.strip())


def _only_built(built: str) -> AfterValidator:
    def check(value: str) -> str:
        if value != built:
            raise ValueError(f"{value!r} is not built yet; this version has {built!r}")
        return value

    return AfterValidator(check)


Address = Annotated[str, AfterValidator(_address)]
OptionalAddress = Annotated[str, AfterValidator(lambda value: value and _address(value))]
AccountId = Annotated[str, Field(pattern=r"^\d*$")]


class Section(BaseModel):
    """A table of the settings file. A key that we do not know is a mistake, not a wish."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class StripeSection(Section):
    """Stripe's side."""

    api_key: SecretStr = Field(SecretStr(""), description="Restricted key, read-only. Environment or file only.")
    api_base: str = Field(
        "https://api.stripe.com", description="Stripe's address; the sandbox's for a rehearsal.", pattern=r"^https?://[^\s/]+$"
    )
    webhook_secrets: SecretStr = Field(
        SecretStr(""), description="Signing secrets (whsec_...), comma separated while rolling. Environment or file only."
    )
    tolerance_s: int = Field(
        300, description="How far a signature's timestamp may be from our clock, either way, in seconds.", ge=1, le=3600
    )

    @property
    def secrets(self) -> tuple[str, ...]:
        return listed(self.webhook_secrets.get_secret_value())

    @property
    def livemode(self) -> bool:
        """Whether the key is of live mode: `sk_live_`, `rk_live_`."""
        return "_live_" in self.api_key.get_secret_value()


class NetSuiteSection(Section):
    """NetSuite's side."""

    account: str = Field(
        "", description="Account id as NetSuite shows it, as 1234567_SB1.", pattern=r"^([A-Za-z0-9]+([_-][A-Za-z0-9]+)?)?$"
    )
    base_url: str = Field("", description="Default: https://<account>.suitetalk.api.netsuite.com.", pattern=r"^(https?://[^\s/]+)?$")
    protocol: Annotated[Literal["rest", "soap"], _only_built("rest")] = Field(
        "rest", description="rest, or soap for accounts that need it."
    )
    auth: Literal["tba", "oauth2"] = Field("tba", description="tba (token-based authentication), or oauth2 (client credentials).")
    consumer_key: SecretStr = Field(SecretStr(""), description="TBA: of the integration record. Environment or file only.")
    consumer_secret: SecretStr = Field(SecretStr(""), description="TBA: of the integration record. Environment or file only.")
    token_id: SecretStr = Field(SecretStr(""), description="TBA: of the access token. Environment or file only.")
    token_secret: SecretStr = Field(SecretStr(""), description="TBA: of the access token. Environment or file only.")
    client_id: str = Field("", description="OAuth 2.0: of the integration record.", pattern=r"^\S*$")
    certificate_id: str = Field("", description="OAuth 2.0: as the mapping page shows it; two, comma separated, while certificates roll.")
    private_key_file: str = Field(
        "", description="OAuth 2.0: the PEM file of the certificate's private key, RSA or EC; two, comma separated, in the same order."
    )
    concurrency: int = Field(4, description="Most NetSuite requests at once; fewer by itself while NetSuite has no room.", ge=1, le=100)
    timeout_s: float = Field(120, description="One request's time-out, in seconds.", gt=0, le=900)

    @property
    def certificate_ids(self) -> tuple[str, ...]:
        return listed(self.certificate_id)

    @property
    def private_key_files(self) -> tuple[Path, ...]:
        return tuple(Path(file) for file in listed(self.private_key_file))


class StorageSection(Section):
    """Where events and sync records are kept."""

    url: str = Field(
        "",
        description="sqlite:///folder, or postgresql://user@host/database for several replicas (its password: environment, or ..._FILE); "
        "default: a folder under the user's data folder. memory:// forgets everything.",
        pattern=r"^(sqlite:///.+|postgresql://\S+|memory://)?$",
    )

    @property
    def kind(self) -> Literal["sqlite", "postgres", "memory"]:
        if self.url.startswith("postgresql://"):
            return "postgres"
        return "memory" if self.url == "memory://" else "sqlite"

    @property
    def has_one_owner(self) -> bool:
        """Whether one ingest alone uses it, so that what it finds claimed at its start is a dead predecessor's."""
        return self.kind != "postgres"

    @property
    def folder(self) -> Path:
        if self.url:
            return Path(self.url.removeprefix("sqlite:///")).expanduser()
        data = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
        return Path(data) / "stripe-netsuite"


class IngestSection(Section):
    """The webhook server and the dispatcher."""

    listen: Address = Field("127.0.0.1:8080", description="Where Stripe's webhooks arrive: POST /webhooks/stripe.")
    writer: str = Field("127.0.0.1:50051", description="The writer as ingest sees it: host:port or a gRPC target.", min_length=1)
    operator: Address = Field("127.0.0.1:50052", description="Where operators' commands reach ingest, over gRPC.")
    deadline_s: float = Field(600, description="How long one SyncEvent may take, in seconds.", gt=0)
    in_flight: int = Field(
        8, description="Most objects with the writer at once; a little over netsuite.concurrency keeps NetSuite busy.", ge=1, le=500
    )


class WriterSection(Section):
    """The gRPC server that writes to NetSuite."""

    listen: Address = Field("127.0.0.1:50051", description="Where the writer listens.")
    metrics: OptionalAddress = Field("", description="Where the writer offers GET /metrics (Prometheus); empty: nowhere.")


class SandboxSection(Section):
    """Both sandboxes."""

    listen: Address = Field("127.0.0.1:8090", description="Where both sandboxes listen: Stripe under /v1, NetSuite under /services/rest.")


class BankAccounts(BaseModel):
    """Bank accounts by currency."""

    model_config = ConfigDict(extra="allow", frozen=True)
    __pydantic_extra__: dict[str, AccountId]


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


class ItemsSection(Section):
    """Which NetSuite item a line sells."""

    policy: Literal["per_price", "global"] = Field("per_price", description="per_price, or global: one item for all lines.")


class InvoicesSection(Section):
    """Invoices."""

    zero: Literal["skip", "sync"] = Field("skip", description="Invoices of zero lines only (trials): skip, or sync.")
    negative_lines: Literal["rate", "discount"] = Field(
        "rate", description="A negative line: of its own item at a negative rate, or a discount."
    )
    uncollectible: Literal["credit", "keep_open"] = Field(
        "credit", description="An uncollectible invoice: credited (to bad_debt, when set), or kept open."
    )
    out_of_band: AccountId = Field("", description="The account that payments outside Stripe are booked to; empty leaves the invoice open.")


class ChargesSection(Section):
    """Charges."""

    without_invoice: Literal["unapplied", "invoice"] = Field(
        "unapplied", description="A sale without invoice: an unapplied payment, or a one-line Invoice too."
    )


class RefundsSection(Section):
    """Refunds."""

    partial: Literal["item", "pro_rata"] = Field(
        "item", description="A part of several lines: one line of Stripe Partial Refund Item, or each line in proportion."
    )


class PayoutsSection(Section):
    """Payouts."""

    on_invalid: Literal["suspense", "hold"] = Field(
        "suspense", description="While records are missing: post the rest, those in suspense; or hold all."
    )
    manual: Literal["transfer", "hold"] = Field(
        "transfer", description="A manual or instant payout: an entry from Undeposited Funds to bank, or hold."
    )


class TaxSection(Section):
    """Tax."""

    policy: Literal["line_item", "ignore"] = Field("line_item", description="A line per tax rate, or no tax at all.")


class LedgerSection(Section):
    """The ledger as a whole."""

    time_zone: Annotated[str, AfterValidator(_zone)] = Field("UTC", description="In which dates are reckoned, as America/New_York.")
    currency: str = Field("usd", description="Currency of a customer for whom Stripe names none.", pattern=r"^[a-z]{3}$")
    subsidiary: AccountId = Field("", description="Internal id of the subsidiary; needed in a OneWorld account.")


Policy = Literal["", "hold", "next_open"]


class PeriodsSection(Section):
    """What happens to a record whose day lies in a closed posting period: hold (it fails until a person reopens the period) or
    next_open (the first open day, the original date in the memo). One policy for all, another for some."""

    default: Literal["hold", "next_open"] = Field("next_open", description="For every record that is not named below.")
    invoice: Policy = Field("", description="For an Invoice; empty as default.")
    customer_payment: Policy = Field("", description="For a CustomerPayment; empty as default.")
    credit_memo: Policy = Field("", description="For a CreditMemo; empty as default.")
    customer_refund: Policy = Field("", description="For a CustomerRefund; empty as default.")
    deposit: Policy = Field("", description="For a Deposit; empty as default.")
    journal_entry: Policy = Field("", description="For a JournalEntry; empty as default.")

    def policies(self) -> Periods:
        named = {RecordType[name.upper()]: policy for name, policy in self.model_dump(exclude={"default"}).items() if policy}
        return Periods(self.default, named)


class StripeAccountSection(Section):
    """A connected Stripe account whose events are accepted."""

    name: str = Field("", description="The name in its webhook address: /webhooks/stripe/<name>.", pattern=r"^[A-Za-z0-9_-]*$")


class Config(BaseSettings):
    """Everything that may be set."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True, hide_input_in_errors=True, case_sensitive=False
    )

    stripe: StripeSection = StripeSection()
    netsuite: NetSuiteSection = NetSuiteSection()
    storage: StorageSection = StorageSection()
    ingest: IngestSection = IngestSection()
    writer: WriterSection = WriterSection()
    sandbox: SandboxSection = SandboxSection()
    ledger: LedgerSection = LedgerSection()
    accounts: AccountsSection = AccountsSection()
    customers: CustomersSection = CustomersSection()
    items: ItemsSection = ItemsSection()
    invoices: InvoicesSection = InvoicesSection()
    charges: ChargesSection = ChargesSection()
    refunds: RefundsSection = RefundsSection()
    payouts: PayoutsSection = PayoutsSection()
    tax: TaxSection = TaxSection()
    periods: PeriodsSection = PeriodsSection()
    stripe_accounts: dict[str, StripeAccountSection] = Field(default_factory=dict)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over files named by `..._FILE`, these over the settings file, which comes as init arguments."""
        return env_settings, _SecretFiles(settings_cls), init_settings

    def rules(self) -> Settings:
        """What the rules see."""
        bank = {currency.lower(): account for currency, account in (self.accounts.bank.__pydantic_extra__ or {}).items()}
        return Settings(
            accounts=Accounts(**self.accounts.model_dump(exclude={"bank"}), bank=bank),
            time_zone=ZoneInfo(self.ledger.time_zone),
            subsidiary=self.ledger.subsidiary,
            default_currency=self.ledger.currency,
            customers_policy=self.customers.policy,
            customers_create_on=self.customers.create_on,
            customers_as_person=self.customers.as_person,
            items_policy=self.items.policy,
            invoices_zero=self.invoices.zero,
            invoices_negative_lines=self.invoices.negative_lines,
            invoices_uncollectible=self.invoices.uncollectible,
            invoices_out_of_band=self.invoices.out_of_band,
            tax_policy=self.tax.policy,
            charges_without_invoice=self.charges.without_invoice,
            refunds_partial=self.refunds.partial,
            payouts_on_invalid=self.payouts.on_invalid,
            payouts_manual=self.payouts.manual,
            periods=self.periods.policies(),
        )


class Embedded(Config):
    """Settings given in the program, for the demo, the stories and the benchmarks: neither file nor environment is looked at."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)


class _SecretFiles(InitSettingsSource):
    """Secrets from the files that `STRIPE_NETSUITE_<SECTION>__<KEY>_FILE` names."""

    def __init__(self, settings_cls: type[BaseSettings]) -> None:
        found: dict[str, dict[str, str]] = {}
        for section, keys in {**SECRETS, "storage": ("url",)}.items():
            for key in keys:
                path = os.environ.get(f"{PREFIX}{section}__{key}_FILE".upper())
                if path:
                    found.setdefault(section, {})[key] = Path(path).read_text().strip()
        super().__init__(settings_cls, found)


def all_sources(given: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The sections as they were given, file, secret files and environment merged, before anything is checked."""
    sources = [given, _SecretFiles(Config)(), EnvSettingsSource(Config)()]
    tables = [{name: value for name, value in source.items() if isinstance(value, dict)} for source in sources]
    return {name: {key: value for table in tables for key, value in table.get(name, {}).items()} for name in Config.model_fields}
