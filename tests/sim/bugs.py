"""Bugs to plant: what a tired person might write. Each must be caught, or the proof is worth nothing.

A bug is an exact piece of one file and what stands there instead; `caught_by` is the simulation, the sweep of one row, or the tests of one file.
"""

from __future__ import annotations

from collections.abc import Mapping

from tests.sim.bug import Bug, By
from tests.sim.bugs_of_faults import ATTACK, CRASHES, NETSUITE, STORES, STRIPE

__all__ = ["BUGS", "FAMILIES", "Bug", "By"]

DISPATCHER, EXECUTE, WRITING, SYNC = "services/ingest/dispatcher.py", "core/execute.py", "core/writing.py", "core/sync.py"
APP, MOVING, ATTEMPTS, ACCEPTING, REST = (
    "services/ingest/app.py",
    "adapters/storage/moving.py",
    "adapters/storage/attempts.py",
    "adapters/storage/accepting.py",
    "adapters/netsuite/rest.py",
)
CODEC, FAULTS, PAYOUTS, ROWS = (
    "adapters/netsuite/codec.py",
    "adapters/netsuite/faults.py",
    "core/rules/payouts.py",
    "core/rules/payout_lines.py",
)
REFUNDS, REVERSALS, MONEY, IDS = "core/rules/refunds.py", "core/rules/reversals.py", "core/money.py", "core/external_ids.py"
OF_DISPATCHER, OF_DOUBT, OF_INBOX = "tests/services/test_dispatcher.py", "tests/core/test_doubt.py", "tests/contracts/test_durable_inbox.py"

INGEST = (
    Bug(
        "acknowledged before it is stored",
        APP,
        "            storing.add_done_callback(partial(self._stored, arrival, started, reply))",
        "            reply(STORED)\n            storing.add_done_callback(partial(self._stored, arrival, started, lambda _: None))",
    ),
    Bug(
        "what could not be stored is acknowledged",
        APP,
        "        self._refuse(NOT_STORED, reply)",
        "        reply(STORED)",
        "tests/services/test_ingest_http.py",
    ),
    Bug("dropped at the first failure", DISPATCHER, "if isinstance(outcome, Failed) and outcome.retryable:", "if False:"),
    Bug("given up after one busy answer", "core/outcome.py", "RetryPolicy(2, 300, 60,", "RetryPolicy(2, 300, 1,"),
    Bug("given up before what it waits for has come", "core/outcome.py", "RetryPolicy(5, 3600, 200,", "RetryPolicy(5, 3600, 2,"),
    Bug(
        "what waits is never woken",
        DISPATCHER,
        "        await self._call(partial(self._inbox.wake, [stripe_id]))",
        "        return",
        OF_DISPATCHER,
    ),
    Bug(
        "what arrived while it was tried wakes nobody",
        DISPATCHER,
        "if self._arrived.get(failed.waits_for, 0.0) > started:",
        "if False:",
        OF_DISPATCHER,
    ),
    Bug(
        "subjects of one object are taken for one",
        DISPATCHER,
        "self._coalesce_key(event.type) or event.type, []",
        "event.subject_id, []",
        OF_DISPATCHER,
    ),
    Bug(
        "settled although one subject of the object is still to be tried",
        DISPATCHER,
        "        if later and not self._tries",
        "        if later and not ends and not self._tries",
    ),
    Bug(
        "no brake: a writer that is down uses up every try",
        DISPATCHER,
        "self._brake.saw(isinstance(outcome, Failed)",
        "self._brake.saw(False and isinstance(outcome, Failed)",
        OF_DISPATCHER,
    ),
    Bug(
        "poison stops the writer's call",
        "services/writer/servicer.py",
        "        except Exception as error:  # noqa: BLE001\n            report = _mistake",
        "        except KeyError as error:\n            report = _mistake",
        "tests/services/test_writer_grpc.py",
    ),
    Bug("a lease that holds for no time", MOVING, '{"lease_until": now + lease,', '{"lease_until": now,', OF_INBOX),
    Bug(
        "a late answer counts",
        ATTEMPTS,
        'work_item.c.token == bindparam("held"))',
        'work_item.c.token >= bindparam("held") - 10**9)',
        OF_INBOX,
    ),
    Bug(
        "a try that nobody answered is not kept",
        MOVING,
        "        unanswered(connection, now, work_item.c.object_key.in_(lapsed))",
        "        pass",
        OF_INBOX,
    ),
    Bug(
        "an account's pause lets through what comes later",
        "adapters/storage/pausing.py",
        "    held = [row.object_key for row in due if any(each.holds(row.object_key) for each in pauses)]",
        "    held: list[str] = []",
        OF_INBOX,
    ),
    Bug(
        "a pause of everything is forgotten",
        "adapters/storage/pausing.py",
        "    if any(each.account is None for each in pauses):",
        "    if False:",
        OF_INBOX,
    ),
    Bug(
        "what asks all to wait is one object's matter",
        DISPATCHER,
        "isinstance(outcome, Failed) and outcome.holds_all",
        "False",
        OF_DISPATCHER,
    ),
    Bug(
        "two processes do the scheduled work",
        "adapters/storage/schedules.py",
        "(schedule.c.until <= insertion.excluded.began_at)",
        "(schedule.c.until <= insertion.excluded.until)",
        OF_INBOX,
    ),
    Bug("what came meanwhile is forgotten", MOVING, "    if priority is None:", "    if True:"),
    Bug(
        "a repeated event is stored and waits for ever",
        ACCEPTING,
        "    _queue_new(connection, [first[event_id] for event_id in first if event_id in stored], skew)",
        "    _queue_new(connection, [first[event_id] for event_id in list(first)[1:] if event_id in stored], skew)",
    ),
    Bug("every delivery counts as new", ACCEPTING, "        new.append(arrival.event.id in fresh)", "        new.append(True)", OF_INBOX),
    Bug(
        "the newest alone of a batch is woken",
        MOVING,
        "work_item.c.waits_for.in_(stripe_ids)",
        "work_item.c.waits_for.in_(stripe_ids[1:])",
        OF_INBOX,
    ),
    Bug(
        "one-sided tolerance",
        "adapters/stripe/webhook.py",
        "    if age < -tolerance_s:",
        "    if age < -(10**12):",
        "tests/adapters/test_webhook_signature.py",
    ),
    Bug(
        "an empty secret verifies",
        "adapters/stripe/webhook.py",
        "        if not secret:",
        "        if secret is None:",
        "tests/adapters/test_webhook_signature.py",
    ),
    Bug(
        "only the first signature is looked at",
        "adapters/stripe/webhook.py",
        "        for signature in signatures:",
        "        for signature in signatures[:1]:",
        "tests/adapters/test_webhook_signature.py",
    ),
    Bug(
        "the sweep stores nothing",
        "services/ingest/sweep.py",
        "        new = self.inbox.accept(oldest_first)",
        "        new = [False for _ in oldest_first]",
    ),
)
WRITER = (
    Bug("no turn on any record", SYNC, "with self.turns.take(targets, mark) as turn:", "with self.turns.take((), mark) as turn:"),
    Bug(
        "Stripe is not read again after another wrote",
        SYNC,
        "                    if turn.moved:",
        "                    if False and turn.moved:",
        "tests/core/test_sync.py",
    ),
    Bug(
        "a call without an answer leaves no doubt",
        WRITING,
        "Ending.UNKNOWN if stopped.failed.in_doubt else Ending.REFUSED",
        "Ending.REFUSED",
    ),
    Bug("no window: an unknown call is known at once", "core/intents.py", "AMBIGUITY_WINDOW_S = 960", "AMBIGUITY_WINDOW_S = 1"),
    Bug(
        "synced while a record is in doubt",
        WRITING,
        "        if open_ := [doubt for doubt in self.doubts if doubt.left_s]:",
        "        if open_ := [doubt for doubt in self.doubts if doubt.left_s > 10**9]:",
    ),
    Bug(
        "certain without having been read",
        EXECUTE,
        "        if as_wanted and not self.writing.in_doubt(key(record)):",
        "        if as_wanted:",
        OF_DOUBT,
    ),
    Bug(
        "no intent before the call",
        WRITING,
        "        number = self.intents.begin(Intent(ref, act, record_checksum(wanted), self.token, self.cause))\n        try:\n            answer = call()\n",
        "        number = -1\n        try:\n            answer = call()\n            number = self.intents.begin(Intent(ref, act, record_checksum(wanted), self.token, self.cause))\n",
    ),
    Bug("a lost connection is taken for a refusal", FAULTS, 'goes on.", in_doubt=sent)', 'goes on.", in_doubt=False)'),
    Bug(
        "done before the last record",
        EXECUTE,
        "        for command in plan.commands:",
        "        for command in plan.commands[:-1] or plan.commands:",
    ),
    Bug(
        "a change is remembered and never sent",
        EXECUTE,
        "        if link.checksum or self.differences(record):",
        "        if not link.checksum and self.differences(record):",
    ),
    Bug("what waits in suspense counts as done", SYNC, "        if plan.pending:\n            return plan.pending\n", ""),
    Bug(
        "an edit without replace",
        REST,
        'query = {"replace": ",".join(sublists)} if sublists else {}\n        reply = self._transport.send("PUT"',
        'query: dict[str, str] = {}\n        reply = self._transport.send("PUT"',
    ),
    Bug("created without an externalId", CODEC, '    return {"externalId": record.external_id, **{', "    return {**{"),
    Bug(
        "retried under a changed identity",
        WRITING,
        "lambda: self.books.create(record, ids), made))",
        'lambda: self.books.create(replace(record, external_id=f"{record.external_id}-{self.token}"), ids), made))',
    ),
    Bug(
        "an externalId of the event",
        WRITING,
        "lambda: self.books.create(record, ids), made))",
        "lambda: self.books.create(replace(record, external_id=self.cause.event_id or record.external_id), ids), made))",
    ),
    Bug(
        "a login page is taken for success",
        REST,
        "WRITTEN = (201, 204)",
        "WRITTEN = (200, 201, 204)",
        "tests/adapters/test_netsuite_faults.py",
    ),
    Bug("429 is for a person", FAULTS, "        statuses=frozenset({429}),", "", "tests/adapters/test_netsuite_faults.py"),
    Bug(
        "a closed period ends it",
        EXECUTE,
        "        if refused.kind is Kind.PERIOD_CLOSED and",
        "        if False and refused.kind is Kind.PERIOD_CLOSED and",
    ),
    Bug(
        "one obstacle alone is gone round",
        EXECUTE,
        "WAYS_ROUND = (Kind.PERIOD_CLOSED, Kind.REFUSED)",
        "WAYS_ROUND = (Kind.PERIOD_CLOSED,)",
        "tests/core/test_sync.py",
    ),
    Bug(
        "what Stripe said first is trusted for ever",
        "adapters/stripe/reading.py",
        "        return cast(S, READ[what](self.account(account), stripe_id))",
        "        held = self.__dict__.setdefault('_held', {})\n        return cast(S, held.setdefault((what, stripe_id), READ[what](self.account(account), stripe_id)))",
    ),
    Bug(
        "only the first page of a list",
        "adapters/stripe/api.py",
        '            if not page.get("has_more"):',
        "            if True:",
        "tests/adapters/test_stripe_api.py",
    ),
)
RULES = (
    Bug(
        "float",
        MONEY,
        "        return Decimal(self.minor).scaleb(-exponent(self.currency))",
        "        return Decimal(int(self.minor / 100 * 100)).scaleb(-exponent(self.currency))",
    ),
    Bug("yen have cents", MONEY, "    if currency in ZERO_DECIMAL:\n        return 0\n", ""),
    Bug("dinars have two decimals", MONEY, "    return 3 if currency in THREE_DECIMAL else 2", "    return 2"),
    Bug("the sign of a deposit's lines", ROWS, "if amount.minor * sign > 0)", "if amount.minor * sign < 0)"),
    Bug("fees twice", ROWS, "            self._post(account, kind, -amount)", "            self._post(account, kind, -amount - amount)"),
    Bug("fees never", ROWS, "        for account, kind, amount in _fees(row):\n            self._post(account, kind, -amount)\n", ""),
    Bug(
        "a dispute's fee as any other",
        ROWS,
        '    if row.reporting_category in ("dispute", "dispute_reversal"):',
        "    if False:",
        "tests/plans/test_goldens.py",
    ),
    Bug("a refund is no member of the deposit", ROWS, '        case "refund" | "dispute":', '        case "dispute":'),
    Bug("a part captured later is left out", ROWS, '        case "charge" | "partial_capture_reversal":', '        case "charge":'),
    Bug(
        "unknown rows to fees, without a word",
        ROWS,
        '            self._post(account or "suspense",',
        '            self._post(account or "stripe_fees",',
    ),
    Bug(
        "a refund of the whole charge, whatever was refunded",
        REVERSALS,
        "        apply=(Apply(doc, reversal.amount),),",
        "        apply=(Apply(doc, charge.amount_captured),),",
    ),
    Bug(
        "a refund that failed stands",
        REFUNDS,
        "if refund.failed_at for command in _undone(refund,",
        "if refund.failed_at for command in _refund(refund,",
        "tests/plans/test_goldens.py",
    ),
    Bug(
        "a dispute that has taken nothing takes money back",
        "core/rules/disputes.py",
        "    if not dispute.withdrawn:",
        "    if False:",
        "tests/core/test_edges.py",
    ),
    Bug(
        "the amount that was asked, not what was captured",
        "core/rules/payments.py",
        '    return charge.amount if charge.status == "failed" else charge.amount_captured',
        "    return charge.amount",
    ),
    Bug(
        "a coupon is forgotten",
        "core/rules/invoice_lines.py",
        "*_discounted(bill, settings), ",
        "",
    ),
    Bug("a credit memo in its refund's name", IDS, '    return external_id(stripe_id) + "-memo"', "    return external_id(stripe_id)"),
    Bug("two entries of one payout in one name", IDS, '    return external_id(stripe_id) + "-failed"', "    return external_id(stripe_id)"),
    Bug(
        "dates in UTC",
        "core/settings.py",
        "        return moment.astimezone(self.time_zone).date()",
        "        return moment.date()",
        "tests/core/test_mapping.py",
    ),
    Bug(
        "the whole is a part to the minor unit, but the last one is lost",
        "core/rules/invoice_lines.py",
        "[:left]\n",
        "[: left - 1]\n",
        "tests/core/test_flows.py",
    ),
)
FAMILIES: Mapping[str, tuple[Bug, ...]] = {
    "ingest": INGEST,
    "the writer": WRITER,
    "money and rules": RULES,
    "crashes and several processes": CRASHES,
    "NetSuite's troubles": NETSUITE,
    "Stripe's troubles": STRIPE,
    "stores and the trail": STORES,
    "attacks and malformed input": ATTACK,
}
BUGS: tuple[Bug, ...] = tuple(bug for bugs in FAMILIES.values() for bug in bugs)
