"""What every store of sync records promises. A subclass gives `records`."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from core.outcome import Failed, Ignored, Kind, Outcome, Synced
from core.ports import Link, SyncRecord, SyncRecords
from core.records import External, RecordType

NOON = datetime(2026, 3, 1, 12, 0, 0, 250_000, tzinfo=UTC)
CUSTOMER = External(RecordType.CUSTOMER, "cus_1")
PAYMENT = External(RecordType.CUSTOMER_PAYMENT, "ch_1")
FAILED = Failed(Kind.NOT_READY, "no invoice yet", "wait", "CODE", "entity", "invoice in_1", "in_1", 30)


def sync(outcome: Outcome, event_id: str = "evt_1", stripe_id: str = "ch_1") -> SyncRecord:
    return SyncRecord(event_id, "charge.succeeded", "charge", stripe_id, "# a sale\nupsert  …\n", "c0ffee", outcome, NOON)


class SyncRecordsContract:
    """The promises of core.ports.SyncRecords."""

    def test_only_known_links_are_given(self, records: SyncRecords) -> None:
        link = Link(CUSTOMER, "101", "c0ffee")
        records.remember(link)
        assert records.links([CUSTOMER, PAYMENT]) == {CUSTOMER: link}
        assert records.links([]) == {}

    def test_a_link_of_the_same_id_and_another_type_is_another(self, records: SyncRecords) -> None:
        records.remember(Link(External(RecordType.INVOICE, "x_1"), "1", ""))
        assert records.links([External(RecordType.DEPOSIT, "x_1")]) == {}

    def test_remembering_again_replaces(self, records: SyncRecords) -> None:
        records.remember(Link(CUSTOMER, "101", "old"))
        records.remember(Link(CUSTOMER, "102", "new"))
        assert records.links([CUSTOMER]) == {CUSTOMER: Link(CUSTOMER, "102", "new")}

    @pytest.mark.parametrize("outcome", [Synced(3), Ignored("it is a draft"), FAILED], ids=["synced", "ignored", "failed"])
    def test_a_sync_is_given_back_as_it_was_kept(self, records: SyncRecords, outcome: Outcome) -> None:
        records.keep(sync(outcome))
        assert list(records.history("ch_1")) == [sync(outcome)]

    def test_history_is_of_one_object_newest_first_and_no_longer_than_asked(self, records: SyncRecords) -> None:
        for number in range(4):
            records.keep(sync(Synced(number), f"evt_{number}"))
        records.keep(sync(Synced(0), "evt_other", "ch_2"))
        assert [kept.event_id for kept in records.history("ch_1", most=3)] == ["evt_3", "evt_2", "evt_1"]

    def test_nothing_is_known_of_a_strange_id(self, records: SyncRecords) -> None:
        assert list(records.history("ch_' OR 1=1 --")) == []
