"""The audit trail: one row for each request that may have changed NetSuite, chained by hashes, appended only.

A row's hash covers all its columns and the hash before it. So an edited, deleted, swapped or inserted row breaks the chain, and rows cut
from its end no longer lead to the head; whoever can rewrite rows and head together is found out by a head that was written down elsewhere.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, insert, or_, select, update

from adapters.storage.tables import audit, audit_head
from core.intents import Ending

GENESIS = "0" * 64
COVERED = tuple(column.name for column in audit.columns if column.name != "hash")
FROM_INTENT = (
    "account",
    "request_id",
    "attempt",
    "event_id",
    "stripe_id",
    "subject",
    "plan",
    "settings",
    "act",
    "record_type",
    "external_id",
    "checksum",
    "token",
)
HEAD = select(audit_head).with_for_update()
MOVE = update(audit_head).values(seq=bindparam("new_seq"), hash=bindparam("new_hash"))
ALL = select(audit).order_by(audit.c.seq)
LOOKED_FOR = [audit.c[name] == bindparam("wanted") for name in ("stripe_id", "event_id", "request_id", "external_id")]


@dataclass(frozen=True, slots=True)
class Versions:
    """By what a row was written: this program's version, and the version of Stripe's API that it reads."""

    code: str = ""
    stripe_api: str = ""


UNKNOWN_VERSIONS = Versions()


@dataclass(frozen=True, slots=True)
class Head:
    """The newest row: its number and hash. What `seq:hash` says, written down elsewhere, no later trail can deny."""

    seq: int
    hash: str

    def __str__(self) -> str:
        return f"{self.seq}:{self.hash}"

    @classmethod
    def of(cls, text: str) -> Head:
        """The reverse of `str`; ValueError when it is none."""
        seq, _, digest = text.partition(":")
        if not (seq.isascii() and seq.isdigit() and len(digest) == len(GENESIS) and set(digest) <= set("0123456789abcdef")):
            raise ValueError("a head is a number, a colon and 64 hexadecimal digits")
        return cls(int(seq), digest)


def append(connection: Connection, now: int, intent: Any, ending: Ending, versions: Versions) -> None:
    """The request of this intent's row ended so. Within the transaction that stores the end."""
    head = connection.execute(HEAD).one()
    row = {name: getattr(intent, name) for name in FROM_INTENT}
    row |= {"seq": head.seq + 1, "at": now, "code": versions.code, "stripe_api": versions.stripe_api, "outcome": ending.value}
    row |= {"sent_at": intent.at, "previous": head.hash}
    row["hash"] = digest(row)
    connection.execute(insert(audit), row)
    connection.execute(MOVE, {"new_seq": row["seq"], "new_hash": row["hash"]})


def digest(row: Mapping[str, Any]) -> str:
    """What the row's hash must be: SHA-256 of its other columns, in the order of the table, as one JSON list."""
    return hashlib.sha256(json.dumps([row[name] for name in COVERED], ensure_ascii=True, separators=(",", ":")).encode()).hexdigest()


def verify(rows: Iterable[Mapping[str, Any]], head: Head, anchor: Head | None = None) -> str:
    """What is wrong with the trail, in one sentence; "" when nothing is. `rows` in the order of their numbers."""
    last, anchored = Head(0, GENESIS), anchor is None or anchor == Head(0, GENESIS)
    for row in rows:
        if row["seq"] != last.seq + 1:
            return f"row {last.seq + 1} is missing: after row {last.seq} comes row {row['seq']}"
        if row["previous"] != last.hash:
            return f"row {row['seq']} does not follow from row {last.seq}: a row was changed, moved or put in"
        if row["hash"] != digest(row):
            return f"row {row['seq']} was changed: its hash is not its own"
        last = Head(row["seq"], row["hash"])
        anchored = anchored or last == anchor
    if last != head:
        return f"the trail ends with row {last.seq}, and row {head.seq} was written: its end was cut off"
    return "" if anchored else f"the head {anchor} that was written down is not in the trail: it was cut off or written anew"


def read_head(connection: Connection) -> Head:
    """Where the trail stands."""
    found = connection.execute(select(audit_head)).one()
    return Head(found.seq, found.hash)


def read_rows(connection: Connection) -> Iterator[Mapping[str, Any]]:
    """All rows, in order, a part at a time."""
    for row in connection.execution_options(yield_per=1000).execute(ALL):
        yield row._asdict()


def read_of(connection: Connection, wanted: str) -> Iterator[Mapping[str, Any]]:
    """The rows of a Stripe object, an event, a request or an externalId."""
    for row in connection.execute(ALL.where(or_(*LOOKED_FOR)), {"wanted": wanted}):
        yield row._asdict()
