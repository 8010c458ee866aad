"""Records that NetSuite holds and that we did not make: found by a field, by their number, or in the way of a payment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Never

from core.adjusting import entries_of
from core.held import HeldRecord, Titled
from core.metadata import DUPLICATE
from core.money import Money
from core.outcome import Failed, Kind, cannot
from core.plan import Ensure, Linked, Match, Upsert
from core.ports import Difference, Hit, Link, NetSuiteBooks
from core.records import CustomerPayment, External, Internal, Numbered, Record, RecordType, Ref, key

Known = Mapping[External, Link]


def matched(books: NetSuiteBooks, record: Record, matches: Iterable[Match]) -> Hit | None:
    """The one record that NetSuite holds under the first of these that finds any; CannotSync(ambiguous) when it finds several."""
    for match in matches:
        hits = books.match(record.type, match.field, match.value)
        if len(hits) > 1:
            listed = ", ".join(str(hit) for hit in hits[:10])
            cannot(
                Kind.AMBIGUOUS,
                f"{len(hits)} records in NetSuite have the {match.field} of {record.external_id}: {listed}",
                "Name the right one in Stripe's metadata (its NetSuite internal id), or merge them in NetSuite, then retry.",
                record=str(key(record)),
            )
        if hits:
            return hits[0]
    return None


def titled(books: NetSuiteBooks, ref: Titled) -> HeldRecord | None:
    """The transaction of this number, else of this internal id."""
    hits = books.match(ref.type, "tranid", ref.name)
    if len(hits) > 1:
        remedy = "Put the internal id of the right one in place of the number, then retry."
        cannot(Kind.AMBIGUOUS, f"{len(hits)} records are {ref}: {', '.join(str(hit) for hit in hits[:10])}", remedy)
    if hits:
        return books.read(Numbered(ref.type, hits[0].internal_id))
    return books.read(Numbered(ref.type, ref.name)) if ref.name.isascii() and ref.name.isdigit() else None


def as_held(ref: External, known: Known) -> External | Numbered:
    """How to ask for a record. One that was found and never written may have an externalId of its own: by its internal id."""
    link = known.get(ref)
    return Numbered(ref.type, link.internal_id) if link is not None and not link.checksum else ref


def gone(books: NetSuiteBooks, written: Iterable[Ensure | Upsert], known: Known) -> list[External]:
    """Those of these records that we wrote once and that NetSuite holds no more: somebody deleted them there."""
    refs = [key(command.record) for command in written]
    links = [known[ref] for ref in dict.fromkeys((*refs, *entries_of(refs))) if ref in known]
    return [link.ref for link in links if link.checksum and not books.holds(link.ref.type, link.internal_id)]


def paid_already(books: NetSuiteBooks, record: Record, refused: Failed, known: Known) -> Failed | None:
    """What to say when NetSuite refused a payment because less is due than it would settle; None when that is not why."""
    if refused.kind is not Kind.REFUSED or not isinstance(record, CustomerPayment):
        return None
    own = books.read(as_held(key(record), known)) if key(record) in known else None
    ours = {line.doc: line.amount for line in (own.applied if own else None) or ()}
    for line in record.apply:
        doc = _numbered(line.doc, known)
        held = books.read(doc) if doc and doc.type is RecordType.INVOICE else None
        if doc is None or held is None or held.remaining is None or held.remaining.currency != line.amount.currency:
            continue
        due = held.remaining + ours.get(Internal(doc.id), Money.zero(line.amount.currency))
        if due < line.amount:
            message = f"{line.doc} is already paid in NetSuite: {due} of it is due, the payment would settle {line.amount}"
            kind = (
                Kind.REFUSED if isinstance(line.doc, Internal) else Kind.NOT_READY
            )  # ours may come free: a voided credit note is undone later
            return replace(refused, kind=kind, message=message, remedy=DUPLICATE, record=str(key(record)))
    return None


def in_turn_with(record: Record, matches: Iterable[Match] = ()) -> Iterable[External]:
    """What two plans must not do at once although they share no record of ours: settle one invoice of NetSuite's own, or look for
    the same customer and, finding none, make two."""
    yield from (External(record.type, str(match)) for match in matches)
    if isinstance(record, CustomerPayment):
        yield from (External(RecordType.INVOICE, str(line.doc)) for line in record.apply if isinstance(line.doc, Internal))


def _numbered(doc: Ref, known: Known) -> Numbered | None:
    """A payment's document; one that is not ours is an invoice."""
    if isinstance(doc, Internal):
        return Numbered(RecordType.INVOICE, doc.id)
    return Numbered(doc.type, known[doc].internal_id) if doc in known else None


def later(refused: Failed) -> Failed:
    """NetSuite shows less due, or less left, than is to be applied: what another event undoes or pays may not have arrived yet."""
    if refused.kind is not Kind.REFUSED or not refused.field.startswith("apply"):
        return refused
    remedy = (
        "It is tried again by itself, for another change of what it settles may be on its way; when it stays so, look at that in NetSuite."
    )
    return replace(refused, kind=Kind.NOT_READY, remedy=remedy)


def not_held(named: Linked) -> Never:
    """A person named a record that is not there."""
    cannot(
        Kind.REFUSED,
        f"{named.metadata_key} of {named.stripe_id} names {named.type} #{named.internal_id}, which NetSuite does not hold",
        f"Mend {named.metadata_key} on {named.stripe_id} in Stripe, or take it away, then retry.",
        record=f"{named.type} #{named.internal_id}",
    )


def another_total(ref: External, found: Difference) -> Never:
    """NetSuite's Deposit is not the payout's amount."""
    cannot(
        Kind.REFUSED,
        f"total differs: {ref} comes to {found.holds} in NetSuite, the payout is {found.wants}",
        f"`reconcile {ref.external_id}` shows which payment or refund was changed in NetSuite. Mend it there, then retry.",
        record=str(ref),
    )


def taken(ref: External) -> Never:
    """NetSuite refuses our externalId as taken, and has no record of this type under it."""
    cannot(
        Kind.REFUSED,
        f"externalId {ref.external_id} is taken in NetSuite, but by no {ref.type}",
        "Find the record that holds this externalId in NetSuite and clear it there, then retry.",
        record=str(ref),
    )
