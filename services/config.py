"""Settings: one TOML file, environment variables that win over it, secrets from the environment or from files; all mistakes reported at once."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, EnvSettingsSource, InitSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from core.choices import Choice
from core.intents import AMBIGUITY_WINDOW_S
from core.records import Internal
from core.settings import Accounts, Settings, TaxCode
from services.bookkeeping import (
    AccountsSection,
    ChargesSection,
    CustomersSection,
    DisputesSection,
    InvoicesSection,
    ItemsSection,
    LedgerSection,
    PayoutsSection,
    PeriodsSection,
    PrivacySection,
    RefundsSection,
    Section,
    StripeAccountSection,
    SubsidiaryRule,
    TaxSection,
    listed,
)
from services.field_rules import conditions, field_rule_problems, field_rules, soap_problems
from services.tls import TlsSection, tls_problems

PREFIX = "STRIPE_NETSUITE_"
SECRETS = {
    "stripe": ("api_key", "webhook_secrets"),
    "netsuite": ("consumer_key", "consumer_secret", "token_id", "token_secret"),
}
FROM_FILES = {**SECRETS, "storage": ("url",)}
IPV4, IPV6 = re.compile(r"\d+(\.\d+){3}:\d{1,5}"), re.compile(r"\[[0-9A-Fa-f:.]+\]:\d{1,5}")
ADDRESS = re.compile(r"[^\s:]+:\d{1,5}")


def _address(value: str) -> str:
    if not ADDRESS.fullmatch(value):
        raise ValueError("an address is host:port")
    return value


def _writers(value: str) -> str:
    """GRPC takes several addresses of one kind, by number alone."""
    several = [each.strip() for each in value.split(",")]
    if len(several) > 1 and not any(all(form.fullmatch(each) for each in several) for form in (IPV4, IPV6)):
        raise ValueError("several writers are named as IP:port, comma separated, or by one gRPC target, as dns:///writer:50051")
    return value


Address = Annotated[str, AfterValidator(_address)]
Writers = Annotated[str, AfterValidator(_writers)]
OptionalAddress = Annotated[str, AfterValidator(lambda value: value and _address(value))]


class StripeSection(Section):
    """Stripe's side."""

    api_key: SecretStr = Field(SecretStr(""), description="Restricted key, read-only. Environment or file only.")
    api_base: str = Field(
        "https://api.stripe.com", description="Stripe's address; the sandbox's for a rehearsal.", pattern=r"^https?://[^\s/]+$"
    )
    webhook_secrets: SecretStr = Field(
        SecretStr(""), description="Signing secrets (whsec_...), comma separated while rolling. Environment or file only."
    )
    require_allow: bool = Field(
        False, description="Sync only what has netsuite_allow_integration = true in its metadata, or in that of its customer or charge."
    )
    write_back_metadata: bool = Field(
        False,
        description="Write the NetSuite internal id into the Stripe object's metadata, where none is named; the key must be allowed to write.",
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
    protocol: Literal["rest", "soap"] = Field(
        "rest", description="rest; or soap, for accounts that cannot use REST yet: it needs auth = tba, and NetSuite ends it with 2028.2."
    )
    wsdl: str = Field(
        "",
        description="SOAP: the path of NetSuite's own netsuite.wsdl of 2025_2, its XSDs beside it. Default: fetched once from the account.",
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
    batch_from: int = Field(
        0,
        description="For a backfill: when so many new records of one type wait for room, they are created by one asynchronous batch of up to 100, "
        "over SOAP by one addList of up to 25; 0: never. Fewer calls, but each sync waits for its batch. Set ingest.in_flight above it.",
        ge=0,
        le=100,
    )
    timeout_s: float = Field(120, description="One request's time-out, in seconds.", gt=0, le=900)
    ambiguity_window_s: float = Field(
        AMBIGUITY_WINDOW_S,
        description="How long a call whose answer was lost stays unknown before its record is read back and written again where it "
        "differs, in seconds; NetSuite itself may take 900 to carry it out.",
        gt=0,
        le=86_400,
    )

    @property
    def certificate_ids(self) -> tuple[str, ...]:
        return listed(self.certificate_id)

    @property
    def private_key_files(self) -> tuple[Path, ...]:
        return tuple(Path(file) for file in listed(self.private_key_file))


def data_folder() -> Path:
    """The product's folder under the user's data folder."""
    data = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(data) / "stripe-netsuite"


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
        return data_folder()

    @property
    def files(self) -> Path:
        """Where files are kept that the store does not hold: the SQLite folder, else the user's data folder."""
        return self.folder if self.kind == "sqlite" else data_folder()


class IngestSection(Section):
    """The webhook server and the dispatcher."""

    listen: Address = Field("127.0.0.1:8080", description="Where Stripe's webhooks arrive: POST /webhooks/stripe.")
    writer: Writers = Field(
        "127.0.0.1:50051",
        description="The writer as ingest sees it: host:port; several as IP:port, comma separated; or one gRPC target, as dns:///writer:50051.",
        min_length=1,
    )
    operator: Address = Field("127.0.0.1:50052", description="Where operators' commands reach ingest, over gRPC.")
    sweep_every_s: float = Field(
        3600,
        description="How often Stripe's event list is swept for what was never delivered, in seconds; 0: only by backfill --missed.",
        ge=0,
    )
    reconcile_every_s: float = Field(
        0, description="How often Stripe's whole balance is held against NetSuite, in seconds (86400: daily); 0: only by reconcile.", ge=0
    )
    deadline_s: float = Field(600, description="How long one SyncEvent may take, in seconds.", gt=0)
    keep_attempts_days: int = Field(90, description="How long each try of an object is kept, for `events show`, in days.", ge=1)
    in_flight: int = Field(
        8, description="Most objects with the writer at once; a little over netsuite.concurrency keeps NetSuite busy.", ge=1, le=500
    )


class WriterSection(Section):
    """The gRPC server that writes to NetSuite."""

    listen: Address = Field("127.0.0.1:50051", description="Where the writer listens.")
    metrics: OptionalAddress = Field("", description="Where the writer offers GET /metrics (Prometheus); empty: nowhere.")


class SandboxSection(Section):
    """Both sandboxes."""

    listen: Address = Field("127.0.0.1:8090", description="Where both sandboxes listen: Stripe under /v1, NetSuite under /services.")
    wsdl: str = Field(
        "", description="The folder of NetSuite's own WSDL of 2025_2; the sandbox serves it and checks SOAP messages against it."
    )
    suite_tax: bool = Field(
        False, description="Its NetSuite takes SuiteTax's tax details (tax.policy = tax_details); else legacy tax, as lines."
    )


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
    tls: TlsSection = TlsSection()
    sandbox: SandboxSection = SandboxSection()
    ledger: LedgerSection = LedgerSection()
    accounts: AccountsSection = AccountsSection()
    customers: CustomersSection = CustomersSection()
    items: ItemsSection = ItemsSection()
    invoices: InvoicesSection = InvoicesSection()
    charges: ChargesSection = ChargesSection()
    refunds: RefundsSection = RefundsSection()
    disputes: DisputesSection = DisputesSection()
    payouts: PayoutsSection = PayoutsSection()
    tax: TaxSection = TaxSection()
    periods: PeriodsSection = PeriodsSection()
    privacy: PrivacySection = PrivacySection()
    defaults: dict[str, dict[str, Any]] = Field(default_factory=dict)
    mappings: dict[str, dict[str, Any]] = Field(default_factory=dict)
    subsidiaries: tuple[SubsidiaryRule, ...] = ()
    stripe_accounts: dict[str, StripeAccountSection] = Field(default_factory=dict)

    @field_validator("stripe_accounts", mode="before")
    @classmethod
    def _one_table_each(cls, given: object) -> object:
        """Variables of the environment have no case, Stripe's account ids do: the file's spelling stands."""
        if not isinstance(given, dict):
            return given
        spelled = {name.lower(): name for name in sorted(given, key=str.islower, reverse=True)}
        return {
            name: {key: value for each, table in given.items() if each.lower() == lower for key, value in table.items()}
            for lower, name in spelled.items()
        }

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
        return _Environment(settings_cls), _SecretFiles(settings_cls), init_settings

    def rules(self) -> Settings:
        """What the rules see."""
        return Settings(
            accounts=Accounts(**self.accounts.model_dump(exclude={"bank"}), bank=self.accounts.bank.by_currency),
            time_zone=ZoneInfo(self.ledger.time_zone),
            subsidiary=self.ledger.subsidiary,
            default_currency=self.ledger.currency,
            customers_policy=self.customers.policy,
            customers_create_on=self.customers.create_on,
            customers_as_person=self.customers.as_person,
            customers_entity_id=self.customers.entity_id,
            customers_add_currency=self.customers.add_currency,
            items_policy=self.items.policy,
            invoices_zero=self.invoices.zero,
            invoices_negative_lines=self.invoices.negative_lines,
            invoices_coupons=self.invoices.coupons,
            invoices_uncollectible=self.invoices.uncollectible,
            invoices_out_of_band=self.invoices.out_of_band,
            tax_policy=self.tax.policy,
            tax_code=TaxCode(self.tax.code, self.tax.type),
            tax_codes={rate: TaxCode(each.code, each.type) for rate, each in self.tax.codes.items()},
            charges_without_invoice=self.charges.without_invoice,
            refunds_partial=self.refunds.partial,
            disputes_when_won=self.disputes.when_won,
            payouts_on_invalid=self.payouts.on_invalid,
            payouts_manual=self.payouts.manual,
            periods=self.periods.policies(),
            start_date=date.fromisoformat(self.ledger.start_date) if self.ledger.start_date else None,
            require_allow=self.stripe.require_allow,
            personal_data=self.privacy.personal_data,
            customers_match=tuple(each.pair for each in self.customers.match),
            customers_update=self.customers.update,
            items_match=tuple(each.pair for each in self.items.match),
            charges_allow_duplicate=self.charges.allow_duplicate,
            service_start_field=self.invoices.service_start_field,
            service_end_field=self.invoices.service_end_field,
            fields=field_rules(self.defaults, self.mappings),
            subsidiaries=tuple(Choice(Internal(rule.subsidiary), when=conditions(rule.when)) for rule in self.subsidiaries),
        )

    def rules_by_account(self) -> dict[str, Settings]:
        """What the rules see of a Stripe account whose settings differ from the others'."""
        common = self.rules()
        return {account: own for account, section in self.stripe_accounts.items() if (own := section.rules(common)) != common}

    def problems(self) -> list[tuple[tuple[str, ...], str]]:
        """What is wrong in defaults, mappings and subsidiaries, and between the services: where, and what."""
        targets: dict[tuple[str, ...], str] = {("ingest", "writer"): self.ingest.writer}
        servers: dict[tuple[str, ...], str] = {("writer", "listen"): self.writer.listen, ("ingest", "operator"): self.ingest.operator}
        found = field_rule_problems(self.defaults, self.mappings, [rule.when for rule in self.subsidiaries])
        found += soap_problems(self.defaults, self.mappings) if self.netsuite.protocol == "soap" else []
        return [*found, *tls_problems(self.tls, servers, targets)]


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


class _Environment(EnvSettingsSource):
    """The environment's variables, without those that name a secret's file."""

    def __call__(self) -> dict[str, Any]:
        found = super().__call__()
        for section, keys in FROM_FILES.items():
            for key in keys:
                found.get(section, {}).pop(f"{key}_file", None)
        return found


class _SecretFiles(InitSettingsSource):
    """Secrets from the files that `STRIPE_NETSUITE_<SECTION>__<KEY>_FILE` names."""

    def __init__(self, settings_cls: type[BaseSettings]) -> None:
        found: dict[str, dict[str, str]] = {}
        for section, keys in FROM_FILES.items():
            for key in keys:
                path = os.environ.get(f"{PREFIX}{section}__{key}_FILE".upper())
                if path:
                    found.setdefault(section, {})[key] = Path(path).read_text().strip()
        super().__init__(settings_cls, found)


def all_sources(given: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The sections as they were given, file, secret files and environment merged, before anything is checked."""
    sources = [given, _SecretFiles(Config)(), _Environment(Config)()]
    tables = [{name: value for name, value in source.items() if isinstance(value, dict)} for source in sources]
    return {name: {key: value for table in tables for key, value in table.get(name, {}).items()} for name in Config.model_fields}
