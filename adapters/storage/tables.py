"""The tables of both services' stores, as SQLAlchemy Core knows them. Times are whole microseconds since 1970, UTC.

Each service has its own file or schema: `INGEST` stands in ingest's, `WRITER` in the writer's. What makes them is in `migrations/`;
a test compares the two.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, MetaData, SmallInteger, Table, Text, text

INGEST = MetaData()
WRITER = MetaData()

SEQUENCE = BigInteger().with_variant(Integer(), "sqlite")
"""SQLite numbers rows by itself only in a column that is called INTEGER."""

IS_FAILED = text("state = 'failed'")
"""Spelled the same in the index and in its queries, for a bound parameter would hide the index from SQLite's planner."""

IS_OPEN = text("settled_at IS NULL")
WAITS = text("waits_for IS NOT NULL")

inbox_event = Table(
    "inbox_event",
    INGEST,
    Column("seq", SEQUENCE, primary_key=True),
    Column("event_id", Text, nullable=False, unique=True),
    Column("type", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("livemode", Boolean, nullable=False),
    Column("account", Text, nullable=False),
    Column("subject_id", Text, nullable=False),
    Column("object_key", Text, nullable=False),
    Column("priority", SmallInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Column("settled_at", BigInteger),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("reason", Text, nullable=False, server_default=""),
    Column("failed", Text),
    Column("body", LargeBinary, nullable=False),
)
"""One row an event, body as it came. `settled_at` is NULL while the event is open; `failed` is the last failure as JSON."""

Index("inbox_event_open", inbox_event.c.object_key, inbox_event.c.seq, sqlite_where=IS_OPEN, postgresql_where=IS_OPEN)
Index("inbox_event_failed", inbox_event.c.object_key, sqlite_where=IS_FAILED, postgresql_where=IS_FAILED)
Index("inbox_event_state", inbox_event.c.state, inbox_event.c.seq)
Index("inbox_event_type", inbox_event.c.type, inbox_event.c.seq)
Index("inbox_event_type_state", inbox_event.c.type, inbox_event.c.state, inbox_event.c.seq)

work_item = Table(
    "work_item",
    INGEST,
    Column("object_key", Text, primary_key=True),
    Column("priority", SmallInteger, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("token", BigInteger, nullable=False, server_default="0"),
    Column("running", Boolean, nullable=False, server_default="0"),
    Column("waits_for", Text),
    Column("eager", Boolean, nullable=False, server_default="0"),
    Column("owner", BigInteger),
    Column("claimed_at", BigInteger),
)
"""One row an object with open events, so the table is as small as the backlog. `eager`: it rests because something had not arrived,
so its next event makes it due at once; after any other failure a new event does not shorten the rest. A claim moves `due_at` to the end of its lease,
so a lapsed lease is due like anything else; `token` is the claim's, and what does not show it changes nothing. `owner` is the process that claimed it,
where several may (PostgreSQL); `claimed_at` is when."""

Index("work_item_due", work_item.c.priority, work_item.c.due_at)
Index("work_item_waits_for", work_item.c.waits_for, sqlite_where=WAITS, postgresql_where=WAITS)

event_count = Table("event_count", INGEST, Column("state", Text, primary_key=True), Column("events", BigInteger, nullable=False))
"""How many events are in each state, kept in the transaction that moves them: counting 100,000 rows at each look would not do.
On PostgreSQL a row a change, summed up when read and folded now and then: nobody waits for another's count."""

last_token = Table("last_token", INGEST, Column("only", SmallInteger, primary_key=True), Column("token", BigInteger, nullable=False))
"""The newest claim's token, over all objects and for good: an object's row goes when it is settled, its old tokens must not return."""

mark = Table(
    "mark", INGEST, Column("name", Text, primary_key=True), Column("value", Text, nullable=False), Column("at", BigInteger, nullable=False)
)
"""How far a backfill or a sweep of Stripe's event list went, so that it goes on there when it is begun again."""

sync_link = Table(
    "sync_link",
    WRITER,
    Column("record_type", Text, primary_key=True),
    Column("external_id", Text, primary_key=True),
    Column("internal_id", Text, nullable=False),
    Column("checksum", Text, nullable=False),
)
"""Which NetSuite record a Stripe object became."""

sync_record = Table(
    "sync_record",
    WRITER,
    Column("seq", SEQUENCE, primary_key=True),
    Column("event_id", Text, nullable=False),
    Column("event_type", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("stripe_id", Text, nullable=False),
    Column("plan", Text, nullable=False),
    Column("checksum", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
)
"""What became of each sync, appended only; `outcome` is JSON."""

Index("sync_record_of", sync_record.c.stripe_id, sync_record.c.seq)

write_intent = Table(
    "write_intent",
    WRITER,
    Column("number", SEQUENCE, primary_key=True),
    Column("account", Text, nullable=False),
    Column("record_group", Text, nullable=False),
    Column("external_id", Text, nullable=False),
    Column("record_type", Text, nullable=False),
    Column("act", Text, nullable=False),
    Column("checksum", Text, nullable=False),
    Column("token", BigInteger, nullable=False),
    Column("event_id", Text, nullable=False),
    Column("stripe_id", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("plan", Text, nullable=False),
    Column("settings", Text, nullable=False),
    Column("request_id", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("under_way", Boolean, nullable=False),
    sqlite_autoincrement=True,
)
"""One row a mutating call that is under way, or whose end nobody knows: `at` is when it was last about to be sent. It goes when the call
is answered, else when its record was proven. `plan`, `settings` and `checksum` are checksums; numbers are not given twice."""

Index("write_intent_record", write_intent.c.account, write_intent.c.record_group, write_intent.c.external_id)
Index("write_intent_subject", write_intent.c.account, write_intent.c.stripe_id)

record_lease = Table(
    "record_lease",
    WRITER,
    Column("account", Text, primary_key=True),
    Column("record_group", Text, primary_key=True),
    Column("external_id", Text, primary_key=True),
    Column("token", BigInteger, nullable=False),
    Column("owner", Text, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("since", BigInteger, nullable=False),
)
"""Who may write a NetSuite record, until when; `token` is the turn's, and stays when it is given back (`until` 0): whoever took his mark
before it must read Stripe again. Used where several writers share the store (PostgreSQL)."""

Index("record_lease_token", record_lease.c.token)

lease_token = Table("lease_token", WRITER, Column("only", SmallInteger, primary_key=True), Column("token", BigInteger, nullable=False))
"""The newest turn's token."""

audit = Table(
    "audit",
    WRITER,
    Column("seq", SEQUENCE, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("sent_at", BigInteger, nullable=False),
    Column("account", Text, nullable=False),
    Column("request_id", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("token", BigInteger, nullable=False),
    Column("event_id", Text, nullable=False),
    Column("stripe_id", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("plan", Text, nullable=False),
    Column("settings", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("stripe_api", Text, nullable=False),
    Column("act", Text, nullable=False),
    Column("record_type", Text, nullable=False),
    Column("external_id", Text, nullable=False),
    Column("checksum", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("previous", Text, nullable=False),
    Column("hash", Text, nullable=False),
)
"""The audit trail: ids, checksums and times, no payloads and no personal data. Triggers refuse to change or delete a row."""

Index("audit_stripe_id", audit.c.stripe_id)

audit_head = Table(
    "audit_head",
    WRITER,
    Column("only", SmallInteger, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("hash", Text, nullable=False),
)
"""The newest row of the trail."""

object_note = Table(
    "object_note",
    WRITER,
    Column("seq", SEQUENCE, primary_key=True),
    *(Column(name, Text, nullable=False) for name in ("stripe_id", "account", "key", "value", "because")),
    Column("at", BigInteger, nullable=False),
)
"""What operators said of Stripe objects, appended only; of one object and key the newest holds, and "" takes it away."""

Index("object_note_of", object_note.c.stripe_id, object_note.c.seq)

netsuite_limit = Table(
    "netsuite_limit",
    WRITER,
    Column("account", Text, primary_key=True),
    Column("milli", Integer, nullable=False),
    Column("lowered", BigInteger, nullable=False),
    Column("changed", BigInteger, nullable=False),
)
"""How many calls may be in flight, in thousandths; how often that was lowered, and when it was last changed or a call last refused."""

netsuite_call = Table(
    "netsuite_call",
    WRITER,
    Column("number", SEQUENCE, primary_key=True),
    Column("account", Text, nullable=False),
    Column("until", BigInteger, nullable=False),
)
"""One row a call in flight, of whichever process; it lapses when its process is gone."""
