"""Opening a PostgreSQL database safely: reachable, of a version we know, durable; and what its errors mean."""

from __future__ import annotations

import logging
from typing import Any

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, IntegrityError, InterfaceError, ProgrammingError

from adapters.storage import schema
from adapters.storage.schema import Purpose
from core.outcome import CannotSync, Failed, Kind, cannot

log = logging.getLogger(__name__)

SCHEMAS: dict[Purpose, str] = {"ingest": "stripe_netsuite_ingest", "writer": "stripe_netsuite_writer"}
OLDEST_SERVER = 13
MIGRATING = 0x534E_4D47
"""The advisory lock under which one process at a time looks at the schema and upgrades it."""

SETTINGS = {
    "application_name": "stripe-netsuite",
    "connect_timeout": "5",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "20000",
    "target_session_attrs": "read-write",
}
"""For libpq, unless the address says otherwise: a server that went away is noticed, a standby is not mistaken for the primary."""

SESSION = ("SET lock_timeout = '15s'", "SET statement_timeout = '120s'", "SET idle_in_transaction_session_timeout = '60s'")
CONFLICTS = {"40001", "40P01"}
AWAY = {"57P01", "57P02", "57P03", "25006"}
STORES = ("08", "25", "53", "54", "55", "57", "58", "XX")
"""Classes of SQLSTATE that speak of the server, not of what it was asked (https://www.postgresql.org/docs/current/errcodes-appendix.html)."""


CLOCK = text("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")


def database_clock(connection: Connection) -> int:
    """The microsecond by the database's clock, which is everybody's."""
    moment: int = connection.execute(CLOCK).scalar_one()
    return moment


def shown(url: str) -> str:
    """The address without its password, for messages."""
    try:
        return make_url(url).set(query={}).render_as_string(hide_password=True)
    except ArgumentError:
        return "the database of storage.url"


def libpq(url: str) -> URL:
    """The address with our settings for the connection, where it has none of its own."""
    given = make_url(url)
    return given.set(drivername="postgresql+psycopg", query={**SETTINGS, **given.query})


def open_database(url: str, purpose: Purpose) -> Engine:
    """The engine of the service's schema, which stands at the newest version; made when it is not there."""
    _make_schema(url, purpose)
    engine = create_engine(libpq(url), poolclass=NullPool, hide_parameters=True, isolation_level="READ COMMITTED")
    event.listen(engine, "connect", lambda connection, _: _configure(connection, purpose), insert=True)
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MIGRATING})
        if _version(url, connection, purpose) < schema.known(purpose)[-1]:
            schema.upgrade(connection, purpose)
    return engine


def refusal(url: str, error: BaseException) -> BaseException:
    """What to tell who wanted to open the database at `url`."""
    if isinstance(error, DBAPIError):
        remedy = "Start the database, or mend storage.url: its host, name, user, password and rights."
        return CannotSync(Failed(Kind.MISCONFIGURED, f"{shown(url)} cannot be used: {_said(error)}.", remedy, code=_state(error)))
    if isinstance(error, ArgumentError):
        return CannotSync(Failed(Kind.MISCONFIGURED, "storage.url is no address of a database.", "It is postgresql://user@host/database."))
    return error


def is_conflict(error: DBAPIError) -> bool:
    """Whether two transactions were in each other's way: the same again will do."""
    return _state(error) in CONFLICTS


def is_lost(error: DBAPIError) -> bool:
    """Whether the connection broke or the server is going away."""
    state = _state(error)
    return error.connection_invalidated or state in AWAY or state.startswith("08") or (not state and not _is_of_operation(error))


def is_fault_of_operation(error: DBAPIError) -> bool:
    """Whether one operation was no good, rather than the database."""
    return _is_of_operation(error) or not (is_lost(error) or is_conflict(error) or _state(error).startswith(STORES))


def database_failed(url: str, error: DBAPIError) -> Failed:
    """What to tell the callers while the database cannot be written."""
    remedy = "It goes on by itself when the database takes writes again."
    return Failed(Kind.BUSY, f"{shown(url)} could not be written: {_said(error)}.", remedy, code=_state(error))


def _is_of_operation(error: DBAPIError) -> bool:
    kinds = IntegrityError | ProgrammingError | DataError | InterfaceError
    return isinstance(error, kinds) and not error.connection_invalidated


def _make_schema(url: str, purpose: Purpose) -> None:
    """Before the first session looks for its tables in it."""
    engine = create_engine(libpq(url), poolclass=NullPool, hide_parameters=True)
    with engine.begin() as connection:
        _check_server(url, connection)
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MIGRATING})
        if connection.execute(text("SELECT to_regnamespace(:name)"), {"name": SCHEMAS[purpose]}).scalar() is None:
            connection.exec_driver_sql(f"CREATE SCHEMA {SCHEMAS[purpose]}")
    engine.dispose()


def _check_server(url: str, connection: Connection) -> None:
    say = {name: str(connection.exec_driver_sql(f"SHOW {name}").scalar()) for name in ("server_version_num", "server_encoding", "fsync")}
    if int(say["server_version_num"]) < OLDEST_SERVER * 10_000:
        cannot(Kind.MISCONFIGURED, f"{shown(url)} is a PostgreSQL older than {OLDEST_SERVER}.", "Upgrade it, or use another one.")
    if say["server_encoding"] != "UTF8":
        text_ = f"{shown(url)} is encoded in {say['server_encoding']}, which cannot hold every name."
        cannot(Kind.MISCONFIGURED, text_, "Create the database with ENCODING 'UTF8'.")
    if say["fsync"] != "on":
        log.warning("%s runs with fsync off: what it acknowledges, a power loss may take", shown(url))


def _configure(connection: Any, purpose: Purpose) -> None:
    connection.autocommit = True
    with connection.cursor() as cursor:
        for statement in (f"SET search_path TO {SCHEMAS[purpose]}", *SESSION):
            cursor.execute(statement)
        if cursor.execute("SHOW synchronous_commit").fetchone()[0] == "off":
            cursor.execute("SET synchronous_commit TO on")
    connection.autocommit = False


def _version(url: str, connection: Connection, purpose: Purpose) -> str:
    """Nothing when the schema is empty; CannotSync when what is in it is not ours, or newer."""
    name = f"{SCHEMAS[purpose]}.{schema.VERSION_TABLE}"
    if connection.execute(text("SELECT to_regclass(:name)"), {"name": name}).scalar() is None:
        count = "SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relnamespace = to_regnamespace(:name)"
        if connection.execute(text(count), {"name": SCHEMAS[purpose]}).scalar():
            sentence = f"The schema {SCHEMAS[purpose]} of {shown(url)} holds tables of another program."
            cannot(Kind.MISCONFIGURED, sentence, "Set storage.url to a database of its own.")
        return ""
    version = str(connection.exec_driver_sql(f"SELECT version_num FROM {name}").scalar() or "")  # noqa: S608 - both are constants
    schema.check(shown(url), purpose, version)
    return version


def _state(error: DBAPIError) -> str:
    return getattr(error.orig, "sqlstate", None) or ""


def _said(error: DBAPIError) -> str:
    lines = str(error.orig).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error.orig).__name__
