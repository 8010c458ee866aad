"""Over SOAP, records whose creation waits for room are added together, by one call in place of many."""

from __future__ import annotations

from collections.abc import Callable

from adapters.netsuite.combining import Combining
from adapters.netsuite.observing import Gate
from adapters.netsuite.soap import SoapBooks
from adapters.netsuite.soap_client import SoapClient
from core.ports import Ids
from core.records import Record

# One call adds them one after another and answers when all are there: few enough to be answered within the time-out of a request.
MOST_TOGETHER = 25


class CombiningSoapBooks(SoapBooks):
    """NetSuiteBooks over SOAP, with lists under load. Thread-safe when the transport is."""

    def __init__(self, client: SoapClient, gate: Gate, room: Callable[[], int], enough: int) -> None:
        super().__init__(client)
        self._combining = Combining(super().create, self.create_many, gate, room, enough, MOST_TOGETHER)

    def create(self, record: Record, ids: Ids) -> str | None:
        """See NetSuiteBooks."""
        return self._combining.create(record, ids)
