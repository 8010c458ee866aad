"""Bugs to plant, by what goes wrong around us: each lets one family of faults through."""

from __future__ import annotations

from tests.sim.bug import Bug

INTENTS, LEASES, MOVING, AUDIT = (
    "adapters/storage/intents.py",
    "adapters/storage/leases.py",
    "adapters/storage/moving.py",
    "adapters/storage/audit.py",
)
SQLITE, SCHEMA = "adapters/storage/sqlite_file.py", "adapters/storage/schema.py"
TRANSPORT, BUDGET, FAULTS, REST = (
    "adapters/netsuite/transport.py",
    "adapters/netsuite/budget.py",
    "adapters/netsuite/faults.py",
    "adapters/netsuite/rest.py",
)
WEBHOOK, GUARD, API = "adapters/stripe/webhook.py", "services/guard.py", "adapters/stripe/api.py"
OF_INTENTS, OF_TURNS, OF_SQLITE, OF_AUDIT = (
    "tests/contracts/test_intents.py",
    "tests/contracts/test_turns.py",
    "tests/adapters/test_sqlite_store.py",
    "tests/adapters/test_audit.py",
)
OF_TRANSPORT, OF_BUDGET, OF_FAULTS, OF_BOOKS = (
    "tests/adapters/test_netsuite_transport.py",
    "tests/adapters/test_netsuite_budget.py",
    "tests/adapters/test_netsuite_faults.py",
    "tests/contracts/test_netsuite_books.py",
)
OF_SIGNATURE, OF_HTTP, OF_TLS, OF_API = (
    "tests/adapters/test_webhook_signature.py",
    "tests/services/test_ingest_http.py",
    "tests/services/test_tls.py",
    "tests/adapters/test_stripe_api.py",
)

CRASHES = (
    Bug("a lease that never lapses", MOVING, '{"lease_until": now + lease,', '{"lease_until": now + 10**15,'),
    Bug(
        "a writer whose turn has lapsed goes on",
        LEASES,
        '    if not connection.execute(RENEW, {"of_token": token, "now": now, "new_until": now + lease}).rowcount:',
        "    if lease < 0:",
        OF_TURNS,
    ),
    Bug(
        "a turn is not renewed while its sync reads on",
        LEASES,
        '    connection.execute(RENEW_ALL, {"of_owner": owner, "now": now, "new_until": now + lease})\n',
        "",
        OF_TURNS,
    ),
    Bug(
        "two writers have one record at once",
        LEASES,
        "sorted({(self._account, *_named(ref))",
        "sorted({(self._owner, *_named(ref))",
        OF_TURNS,
    ),
    Bug(
        "what was under way when its writer died is taken for done",
        INTENTS,
        "DOUBTS = select(write_intent).where(HERE, or_",
        "DOUBTS = select(write_intent).where(HERE, ~write_intent.c.under_way, or_",
    ),
    Bug(
        "a call that its writer held up counts from when it was stored",
        INTENTS,
        "self._here.sent = Sent(number, intent.token, request_id, asked_s)",
        "self._here.sent = Sent(number, intent.token, request_id, time.monotonic())",
        OF_INTENTS,
    ),
    Bug("what a writer wrote before its turn lapsed is remembered", INTENTS, "    if turn:\n", "    if turn and number < 0:\n", OF_TURNS),
    Bug(
        "who looked while another wrote does not learn of it",
        LEASES,
        '{**of, "new_token": _new_token(connection)}',
        '{**of, "new_token": 0}',
        OF_TURNS,
    ),
    Bug("a sync that was overtaken counts as synced", LEASES, "of=len(keys)) < len(keys):", "of=len(keys)) < 0:", OF_TURNS),
    Bug(
        "a repeated request counts from the first one",
        INTENTS,
        '.values(at=bindparam("now"), request_id',
        '.values(at=write_intent.c.at + 0 * bindparam("now"), request_id',
        OF_INTENTS,
    ),
    Bug(
        "what was never sent leaves a doubt",
        INTENTS,
        "        if ending is Ending.UNKNOWN and not was_sent:",
        "        if False:",
        OF_INTENTS,
    ),
    Bug(
        "acknowledged before the disk has it",
        SQLITE,
        '"synchronous = FULL"',
        '"synchronous = NORMAL"',
        OF_SQLITE,
    ),
    Bug(
        "a lost write that the plan undoes is for a person",
        "core/writing.py",
        "        found = tuple(reckoned)",
        "        found: tuple[External, ...] = ()",
        "tests/core/test_doubt.py",
    ),
)
NETSUITE = (
    Bug(
        "of two that match the first is taken",
        "core/existing.py",
        "        if len(hits) > 1:\n            listed",
        "        if False:\n            listed",
        "tests/core/test_linking.py",
    ),
    Bug("what nobody knows is tried for ever", FAULTS, "OTHERWISE = Row(Kind.REFUSED,", "OTHERWISE = Row(Kind.BUSY,", OF_FAULTS),
    Bug(
        "a server's error after a write is no doubt",
        FAULTS,
        "statuses=frozenset({408, *range(500, 600)}),",
        "statuses=frozenset({408}),",
        OF_FAULTS,
    ),
    Bug("want of room lowers nothing", TRANSPORT, "self.budget.had_no_room(place)", "pass", OF_TRANSPORT),
    Bug(
        "more calls in flight than allowed",
        BUDGET,
        "not self._waiting and self._in_flight < int(self._limit)",
        "not self._waiting",
        OF_BUDGET,
    ),
    Bug("a redirect is followed", TRANSPORT, "allow_redirects=False", "allow_redirects=True", OF_TRANSPORT),
    Bug("a proxy of the environment sees every call", TRANSPORT, "made.trust_env = False", "made.trust_env = True", OF_TRANSPORT),
    Bug(
        "only the first page of SuiteQL",
        REST,
        '            if not (page.get("hasMore") and page["items"]):',
        "            if page:",
        OF_FAULTS,
    ),
    Bug(
        "a day moves whatever the policy says",
        "core/dating.py",
        '        return policy == "next_open" or',
        '        return policy != "journal" or',
        "tests/core/test_sync.py",
    ),
    Bug(
        "the day that it had is forgotten",
        "core/dating.py",
        "return replace(record, tran_date=day, memo=memo_dated(record.memo, record.tran_date))",
        "return replace(record, tran_date=day)",
        "tests/core/test_sync.py",
    ),
    Bug(
        "a late 401 is a wrong login",
        TRANSPORT,
        "is_late = status == 401 and time.monotonic() - started >= self._late_s",
        "is_late = False",
        OF_TRANSPORT,
    ),
    Bug(
        "the body is cut off and taken for whole",
        REST,
        '        if held is None or not held.get("id"):\n            raise CannotSync(unreadable(str(ref)))\n',
        "",
        OF_FAULTS,
    ),
)
STRIPE = (
    Bug(
        "what Stripe has no room for is for a person",
        "adapters/stripe/faults.py",
        "or status in (409, 429) or status >= 500:",
        "or status >= 500:",
        OF_API,
    ),
    Bug(
        "a server's error of Stripe is for a person",
        "adapters/stripe/faults.py",
        "status in (409, 429) or status >= 500:",
        "status in (409, 429):",
        OF_API,
    ),
    Bug(
        "events of the other mode are synced",
        "services/ingest/app.py",
        "        if self.livemode is not None and event.livemode != self.livemode:",
        "        if False:",
        OF_HTTP,
    ),
    Bug("a delivery replayed for ever", WEBHOOK, "    if age > tolerance_s:", "    if age > 10**12:", OF_SIGNATURE),
    Bug(
        "a signature of a part of the body",
        WEBHOOK,
        '    signed = timestamp + b"." + body',
        '    signed = timestamp + b"." + body[:64]',
        OF_SIGNATURE,
    ),
    Bug(
        "our own write-back comes back as an event",
        WEBHOOK,
        '    is_echo = bool(key and key.startswith(OUR_REQUESTS)) and event_type.endswith(".updated")',
        "    is_echo = False",
        "tests/stories/test_write_back.py",
    ),
    Bug(
        "the sweep goes on behind what it could not read",
        "services/ingest/sweep.py",
        "        if not swept.failed:\n",
        "        if True:\n",
        "tests/services/test_sweep.py",
    ),
    Bug(
        "each sweep begins just after the newest",
        "services/ingest/sweep.py",
        "newest - OVERLAP_S",
        "newest",
        "tests/services/test_sweep.py",
    ),
)
STORES = (
    Bug("a newer program's store is opened", SCHEMA, "    if version > newest:", "    if False:", OF_SQLITE),
    Bug("a store is begun over an empty file", SQLITE, "    if path.stat().st_size == 0:", "    if False:", OF_SQLITE),
    Bug("another service's store is opened", SQLITE, "    if mark == APPLICATION_IDS[purpose]:", "    if mark:", OF_SQLITE),
    Bug("a damaged file is opened", SQLITE, '            if found != "ok":', "            if not found:", OF_SQLITE),
    Bug(
        "written on after a failed fsync",
        SQLITE,
        "    lasting = _code(error) in LASTING\n",
        "    lasting = False\n",
        OF_SQLITE,
    ),
    Bug("the trail may be cut off", AUDIT, "    if last != head:", "    if last.seq > head.seq:", OF_AUDIT),
    Bug("the trail may be edited", AUDIT, '        if row["hash"] != digest(row):', "        if False:", OF_AUDIT),
    Bug("rows of the trail may be taken out", AUDIT, '        if row["seq"] != last.seq + 1:', "        if False:", OF_AUDIT),
    Bug(
        "how a call ended is not in the trail",
        INTENTS,
        "        if versions:\n            append(connection, now, row, ending, versions)",
        "        if versions and ending is Ending.WRITTEN:\n            append(connection, now, row, ending, versions)",
        OF_AUDIT,
    ),
    Bug(
        "a request that is repeated leaves one row",
        INTENTS,
        "    if versions:\n        append(connection, now, connection.execute(OF",
        "    if False:\n        append(connection, now, connection.execute(OF",
        OF_AUDIT,
    ),
)
ATTACK = (
    Bug("any certificate may call", GUARD, "        if allowed.isdisjoint(names):", "        if not allowed:", OF_TLS),
    Bug("a call without an end", GUARD, "        if context.time_remaining() > LONGEST_S:", "        if False:", OF_TLS),
    Bug(
        "plaintext beyond this machine",
        "services/tls.py",
        "    elif not tls.plaintext:",
        "    elif not tls:",
        OF_TLS,
    ),
    Bug("a body without an end", "services/ingest/http.py", "        if self.size > BODY_LIMIT:", "        if False:", OF_HTTP),
    Bug(
        "a path in an id is followed",
        API,
        "    if not STRIPE_ID.fullmatch(stripe_id):",
        "    if not stripe_id:",
        OF_API,
    ),
    Bug(
        "an id with anything in it is stored",
        WEBHOOK,
        "    elif not SUBJECT_ID.match(subject_id):",
        "    elif len(subject_id) > 255:",
        OF_SIGNATURE,
    ),
    Bug(
        "a name breaks out of its query",
        "adapters/netsuite/matching.py",
        """.lower().replace("'", "''")""",
        ".lower()",
        OF_BOOKS,
    ),
    Bug(
        "a document type is taken from outside",
        "adapters/netsuite/xml.py",
        "    if root.getroottree().docinfo.doctype:",
        "    if False:",
        "tests/adapters/test_netsuite_soap.py",
    ),
    Bug(
        "NetSuite in plain text",
        TRANSPORT,
        '        if parts.scheme != "https" and not',
        "        if not parts.scheme and not",
        OF_TRANSPORT,
    ),
    Bug(
        "a secret is shown where the credentials are",
        TRANSPORT,
        "    token_secret: str = field(repr=False)",
        "    token_secret: str",
        OF_TRANSPORT,
    ),
)
