"""A case in an accountant's words: what NetSuite holds, how it ended, what is made and posted, what stays open."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from adapters.netsuite.emulator import NetSuite, Transaction
from core.outcome import Failed, Ignored, Outcome, Synced
from core.records import RecordType
from tests.plans.scene import Scene


def holds(s: Scene) -> Iterator[str]:
    """What a person did, then every transaction: dated, its total, what of it is open, and where its money waits."""
    yield from s.by_hand
    yield from _transactions(s.netsuite, s.netsuite.transactions())


def posted(netsuite: NetSuite, before: Iterable[Transaction], page: str) -> Iterator[str]:
    """The general ledger's lines of every transaction that is new or posts otherwise than before."""
    known = {each.id: each for each in before}
    names = _external_ids(netsuite)
    for each in netsuite.transactions():
        if (was := known.get(each.id)) and (was.postings, was.applications, was.day) == (each.postings, each.applications, each.day):
            continue
        memo = next((str(found.fields.get("memo", "")) for found in netsuite.records(each.type) if found.id == each.id), "")
        said = f"  {memo}" if memo and memo not in page else ""
        yield f"{each.type} {names.get(each.id) or '#' + each.id}  {each.day}{'  changed' if was else ''}{said}"
        for line in sorted(each.postings, key=lambda one: one.amount < 0):
            yield f"  {_posting(netsuite, line.account, line.currency, line.amount, line.base)}"


Masters = Mapping[tuple[str, str], str]


def masters(netsuite: NetSuite) -> Masters:
    """Customers and items by type and internal id: their externalId."""
    kinds = (RecordType.CUSTOMER, RecordType.SERVICE_SALE_ITEM, RecordType.DISCOUNT_ITEM)
    return {(kind, record.id): record.external_id for kind in kinds for record in netsuite.records(kind)}


def made(before: Masters, now: Masters) -> Iterator[str]:
    """The customers and items that are new, and those that were given our externalId."""
    new = [f"{kind} {external}" for (kind, number), external in now.items() if (kind, number) not in before]
    yield from (f"makes {', '.join(new)}",) if new else ()
    for (kind, number), external in now.items():
        if before.get((kind, number), external) != external:
            yield f"gives {kind} #{number} the externalId {external}"


def left_open(netsuite: NetSuite) -> Iterator[str]:
    """What customers owe or are owed, and what waits in Undeposited Funds."""
    for item in netsuite.open_receivables():
        of = {"invoice": "due", "journalEntry": "open"}.get(item.type, "unapplied")
        yield f"{item.type} {item.external_id or '#' + item.id}  {abs(item.remaining)} {item.currency} {of}"
    for waiting in netsuite.undeposited_funds():
        name = waiting.external_id or "#" + waiting.id
        yield f"{waiting.type} {name}  {waiting.amount} {waiting.currency} in Undeposited Funds"


def ended(outcome: Outcome) -> str:
    match outcome:
        case Synced(writes):
            return f"synced, {writes} write{'' if writes == 1 else 's'}"
        case Ignored(because):
            return f"ignored: {because}"
        case Failed():
            return f"failed ({outcome.kind}): {outcome.message}\n  {outcome.remedy}"


def _transactions(netsuite: NetSuite, found: Iterable[Transaction]) -> Iterator[str]:
    names = _external_ids(netsuite)
    remaining = {item.id: abs(item.remaining) for item in netsuite.open_receivables()}
    for each in found:
        if not names.get(each.id):
            continue  # a person's: said already
        symbol = netsuite.chart.currencies[each.currency].symbol
        applied = ", ".join(names.get(line.doc) or f"#{line.doc}" for line in each.applications)
        left = f"  {remaining[each.id]} {'due' if each.type == 'invoice' else 'open'}" if each.id in remaining else ""
        yield f"{each.type} {names[each.id]}  {each.day}  {each.total} {symbol}{f'  applied to {applied}' if applied else ''}{left}"


def _external_ids(netsuite: NetSuite) -> Mapping[str, str]:
    kinds = {each.type for each in netsuite.transactions()}
    return {record.id: record.external_id for kind in kinds for record in netsuite.records(kind)}


def _posting(netsuite: NetSuite, account: str, currency: str, amount: Decimal, base: Decimal) -> str:
    side = "Dr" if amount > 0 or (not amount and base > 0) else "Cr"
    worth = f"  worth {abs(base)} {_symbol(netsuite, netsuite.chart.base_currency)}" if base != amount else ""
    return f"{side} {netsuite.chart.accounts[account].name:<24} {abs(amount):>10} {_symbol(netsuite, currency)}{worth}"


def _symbol(netsuite: NetSuite, currency: str) -> str:
    return netsuite.chart.currencies[currency].symbol
