"""The one place where ports meet adapters. Everything else in services/ speaks to ports."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, time
from functools import partial
from pathlib import Path

from dependency_injector import containers, providers

from adapters.netsuite.budget import ALONE
from adapters.storage.audit import Versions
from adapters.storage.audit_reading import Trail, database_trail, file_trail
from adapters.storage.copying import Copied, Tell, copy_stores
from adapters.storage.inbox import SqliteInbox
from adapters.storage.memory import MemoryInbox, MemoryIntents, MemorySyncRecords
from adapters.storage.notes import MemoryNotes, SqlNotes
from adapters.storage.postgres_inbox import PostgresInbox
from adapters.storage.postgres_sync_records import PostgresSyncRecords
from adapters.storage.sync_records import SqliteSyncRecords
from adapters.storage.turns import InProcessTurns
from adapters.storage.writer_store import postgres_intents, postgres_slots, postgres_turns, sqlite_intents
from adapters.stripe.accounts import AccountsReader
from adapters.stripe.api import API_VERSION, ApiReader
from adapters.stripe.balance import BalanceReader
from adapters.stripe.listing import Listing
from adapters.stripe.trail import TrailReader
from adapters.stripe.write_back import MetadataWriter
from adapters.writer.grpc import GrpcWriter, WriterClient
from core.events import reason_to_ignore, subject_of
from core.notes import Noted, Notes, Operators
from core.reconcile import Reconciliation
from core.sync import SyncUseCase
from core.undo import Undo
from core.write_back import OwnKeysLeftOut, WriteBack
from services import __version__
from services.clock import WallClock
from services.config import Config
from services.ingest.app import WebhookEndpoint
from services.ingest.backfill import Backfill, patience
from services.ingest.catching_up import CatchingUp
from services.ingest.dispatcher import Observer
from services.ingest.inbox import Inbox
from services.ingest.reconciling import Reconciling
from services.ingest.schedule import Job
from services.ingest.server import IngestServer
from services.ingest.sweep import Sweep
from services.wiring_netsuite import netsuite_account_info, netsuite_books, netsuite_ledger, netsuite_transport
from services.writer.metrics import WriterMetrics
from services.writer.server import writer_server
from services.writer.servicer import Created


def _stripe(config: Config) -> ApiReader | AccountsReader:
    common = ApiReader(config.stripe.api_key.get_secret_value(), config.stripe.api_base)
    keys = {account: section.api_key.get_secret_value() for account, section in config.stripe_accounts.items()}
    others = {account: ApiReader(key, config.stripe.api_base) for account, key in keys.items() if key}
    return AccountsReader(common, others) if others else common


def _notes(records: SqliteSyncRecords | PostgresSyncRecords | MemorySyncRecords) -> Notes:
    return MemoryNotes(records) if isinstance(records, MemorySyncRecords) else SqlNotes(records.store)


def _file(config: Config, name: str) -> Path:
    return config.storage.folder / name


def _reasons(config: Config) -> Callable[[str], str]:
    """Why an event type needs no sync, with what the settings opt in to."""
    return partial(reason_to_ignore, opted_in=config.rules().opted_in)


def _if_wanted(config: Config, write_back: WriteBack) -> WriteBack | None:
    return write_back if config.stripe.write_back_metadata else None


def _created(lists: Listing) -> Created:
    """Stripe's lists by what was created when; a page that Stripe cannot give now is asked for again, a while."""
    waits = patience(threading.Event())

    def pages(kind: str, account: str, since: datetime, until: datetime) -> Iterator[Sequence[str]]:
        return ([each.stripe_id for each in page] for page in lists.objects(kind, account, since, until, waits))

    return pages


def _accounts(config: Config) -> tuple[str, ...]:
    """Every Stripe account of the settings, "" for the own one."""
    return ("", *config.stripe_accounts)


def _sweep(config: Config, inbox: Inbox, lists: Listing) -> Sweep:
    """Over every Stripe account of the settings, "" for the own one; what it finds is judged as at the own webhook address."""
    rules, types, door = config.rules(), _reasons(config), _endpoints(config)[""]
    begins = datetime.combine(rules.start_date, time(), rules.time_zone) if rules.start_date else None
    return Sweep(inbox, lists, _accounts(config), lambda event: door.reason_to_ignore(event) or types(event.type), begins)


def _jobs(config: Config, sweep: Sweep, reconciler: Callable[[], WriterClient]) -> tuple[Job, ...]:
    """What ingest does now and then besides sweeping."""
    return (Job("reconcile", config.ingest.reconcile_every_s, Reconciling(reconciler, sweep.stopping).do),)


def _endpoints(config: Config) -> dict[str, WebhookEndpoint]:
    """The own account's address, which takes connected accounts' events too, and one address for each account that has a name."""
    connected = frozenset(config.stripe_accounts)
    given = config.stripe
    own = WebhookEndpoint(given.secrets, accounts=connected, livemode=given.livemode, tolerance_s=given.tolerance_s)
    named = {
        section.name: WebhookEndpoint(
            section.secrets or given.secrets, account=account, livemode=given.livemode, tolerance_s=given.tolerance_s
        )
        for account, section in config.stripe_accounts.items()
        if section.name
    }
    return {"": own, **named}


class Writer(containers.DeclarativeContainer):
    """The writer service and all that it stands on."""

    config = providers.Dependency(instance_of=Config)
    netsuite = config.provided.netsuite
    account = netsuite.account.upper.call()
    versions = providers.Object(Versions(__version__, API_VERSION))
    clock = providers.Singleton(WallClock)
    stripe = providers.Singleton(_stripe, config)
    metrics = providers.Singleton(WriterMetrics)
    records = providers.Selector(
        config.provided.storage.kind,
        sqlite=providers.Singleton(SqliteSyncRecords, providers.Callable(_file, config, "writer.db")),
        postgres=providers.Singleton(PostgresSyncRecords, config.provided.storage.url),
        memory=providers.Singleton(MemorySyncRecords),
    )
    intents = providers.Selector(
        config.provided.storage.kind,
        sqlite=providers.Singleton(sqlite_intents, records, account, netsuite.ambiguity_window_s, versions),
        postgres=providers.Singleton(postgres_intents, records, account, netsuite.ambiguity_window_s, versions, netsuite.timeout_s),
        memory=providers.Singleton(MemoryIntents, records, window_s=netsuite.ambiguity_window_s),
    )
    alone = providers.Object(ALONE)
    slots = providers.Selector(
        config.provided.storage.kind,
        sqlite=alone,
        postgres=providers.Singleton(postgres_slots, config.provided.storage.url, account, netsuite.concurrency, netsuite.timeout_s),
        memory=alone,
    )
    transport = providers.Singleton(netsuite_transport, config, metrics, intents.provider, slots)
    books = providers.Singleton(netsuite_books, config, transport, intents.provider)
    account_info = providers.Singleton(netsuite_account_info, config, transport)
    turns = providers.Selector(
        config.provided.storage.kind,
        sqlite=providers.Singleton(InProcessTurns),
        postgres=providers.Singleton(postgres_turns, config.provided.storage.url, account, netsuite.timeout_s),
        memory=providers.Singleton(InProcessTurns),
    )
    notes = providers.Singleton(_notes, records)
    operators = providers.Singleton(Operators, notes, books, clock)
    read = providers.Singleton(OwnKeysLeftOut, stripe, records)
    use_case = providers.Singleton(
        SyncUseCase,
        stripe=providers.Singleton(Noted, read, notes),
        books=books,
        records=records,
        intents=intents,
        turns=turns,
        clock=clock,
        settings=config.provided.rules.call(),
        of_account=config.provided.rules_by_account.call(),
    )
    ledger = providers.Singleton(netsuite_ledger, config, transport)
    balance = providers.Singleton(BalanceReader, stripe)
    trail = providers.Singleton(TrailReader, stripe)
    undo = providers.Singleton(Undo, use_case, providers.Singleton(Noted, read, notes, even_excluded=True), trail, notes, clock)
    created = providers.Callable(_created, providers.Singleton(Listing, stripe))
    reconciliation = providers.Singleton(Reconciliation, use_case, ledger, balance, providers.Callable(_accounts, config))
    write_back = providers.Singleton(WriteBack, stripe, providers.Singleton(MetadataWriter, stripe), records)
    wanted_write_back = providers.Callable(_if_wanted, config, write_back)
    server = providers.Singleton(
        writer_server,
        use_case,
        config.provided.writer.listen,
        config.provided.netsuite.concurrency,
        reconciliation=reconciliation,
        write_back=wanted_write_back,
        operators=operators,
        undo=undo,
        created=created,
        tls=config.provided.tls,
    )


class Ingest(containers.DeclarativeContainer):
    """The ingest service and all that it stands on."""

    config = providers.Dependency(instance_of=Config)
    inbox = providers.Selector(
        config.provided.storage.kind,
        sqlite=providers.Singleton(
            SqliteInbox, providers.Callable(_file, config, "ingest.db"), kept_days=config.provided.ingest.keep_attempts_days
        ),
        postgres=providers.Singleton(PostgresInbox, config.provided.storage.url, kept_days=config.provided.ingest.keep_attempts_days),
        memory=providers.Singleton(MemoryInbox, kept_days=config.provided.ingest.keep_attempts_days),
    )
    stripe = providers.Singleton(_stripe, config)
    lists = providers.Singleton(Listing, stripe)
    backfill = providers.Singleton(Backfill, inbox, lists, config.provided.stripe.livemode)
    sweep = providers.Singleton(_sweep, config, inbox, lists)
    reconciler = providers.Factory(WriterClient, config.provided.ingest.writer, identity=config.provided.tls.identity)
    jobs = providers.Callable(_jobs, config, sweep, reconciler.provider)
    catching_up = providers.Singleton(CatchingUp, backfill, sweep, config.provided.ingest.sweep_every_s, jobs=jobs)
    writer = providers.Factory(GrpcWriter, config.provided.ingest.writer, config.provided.tls.identity)
    observe: providers.Provider[Observer | None] = providers.Object(None)
    endpoints = providers.Singleton(_endpoints, config)
    reasons = providers.Callable(_reasons, config)
    server = providers.Singleton(
        IngestServer,
        inbox=inbox,
        endpoints=endpoints,
        writer=writer.provider,
        reason_to_ignore=reasons,
        coalesce_key=providers.Object(subject_of),
        listen=config.provided.ingest.listen,
        operator=config.provided.ingest.operator,
        in_flight=config.provided.ingest.in_flight,
        deadline_s=config.provided.ingest.deadline_s,
        observe=observe,
        release_leases=config.provided.storage.has_one_owner,
        catching_up=catching_up,
        tls=config.provided.tls,
    )


def copy_storage(source: Config, target: Config, tell: Tell) -> dict[str, Copied]:
    """What both services keep in SQLite goes to PostgreSQL; CannotSync says why it cannot."""
    return copy_stores(source.storage.folder, target.storage.url, tell)


def audit_trail(config: Config) -> AbstractContextManager[Trail]:
    """The writer's audit trail, to read; CannotSync says why it cannot be."""
    return database_trail(config.storage.url) if config.storage.kind == "postgres" else file_trail(_file(config, "writer.db"))
