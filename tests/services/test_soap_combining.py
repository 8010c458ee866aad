"""`netsuite.batch_from` over SOAP: what waits for room is added by one call, each record told of itself, a lost answer leaving all of it in doubt."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field, replace

import pytest

from adapters.netsuite.budget import ALONE
from adapters.netsuite.soap_combining import MOST_TOGETHER, CombiningSoapBooks
from core.outcome import CannotSync, Failed
from core.ports import Made, NetSuiteBooks
from core.records import DiscountItem
from services.config import Config
from services.sandbox.netsuite import Fault
from services.sandbox.netsuite.faults import Trouble
from services.sandbox.run import Sandbox
from services.wiring_netsuite import netsuite_books, netsuite_transport
from services.writer.metrics import WriterMetrics
from tests.adapters.netsuite_records import coupon
from tests.services.test_doctor import merged
from tests.soap import FILE, FOLDER, needs_wsdl

pytestmark = [needs_wsdl, pytest.mark.xdist_group("soap")]
COUPONS = [replace(coupon, external_id=f"C{number}", item_id=f"Coupon {number}") for number in range(30)]


@dataclass
class Asked:
    """Who is asked before a record is sent, and how often."""

    times: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def sending(self) -> str:
        with self.lock:
            self.times += 1
        return ""


@dataclass
class Loaded:
    """The books of the settings, for one call at a time, and as many threads as there are records."""

    sandbox: Sandbox
    books: NetSuiteBooks
    asked: Asked

    def create(self) -> list[Made]:
        with ThreadPoolExecutor(len(COUPONS)) as pool:
            return list(pool.map(self._one, COUPONS))

    def _one(self, record: DiscountItem) -> Made:
        try:
            return self.books.create(record, {})
        except CannotSync as stopped:
            return stopped.failed

    def held(self) -> dict[str, str]:
        return {one.external_id: one.id for one in self.sandbox.netsuite.records("discountItem")}

    def calls(self) -> list[str]:
        return [call.method for call in self.sandbox.netsuite_app.calls.calls()]


@pytest.fixture
def loaded() -> Iterator[Loaded]:
    with Sandbox(protocol="soap", wsdl=FOLDER, latency_s=0.03, concurrency_limit=1) as sandbox:
        config = Config(**merged(sandbox.settings(), netsuite={"concurrency": 1, "batch_from": 4, "wsdl": str(FILE)}))
        asked = Asked()
        with closing(netsuite_transport(config, WriterMetrics(), lambda: asked, ALONE)) as transport:
            yield Loaded(sandbox, netsuite_books(config, transport, lambda: asked), asked)


def test_what_waits_for_room_is_added_together_and_each_is_told_its_own_id(loaded: Loaded) -> None:
    assert isinstance(loaded.books, CombiningSoapBooks)
    made = loaded.create()
    assert {record.external_id: one for record, one in zip(COUPONS, made, strict=True)} == loaded.held()
    assert "addList" in loaded.calls()
    assert len(loaded.calls()) < len(COUPONS) // 2
    assert len(COUPONS) > MOST_TOGETHER
    assert loaded.asked.times == len(COUPONS), "each record once"
    assert loaded.create() == [None] * len(COUPONS), "they are there already"


def test_of_a_lost_answer_every_record_is_in_doubt_and_none_is_doubled(loaded: Loaded) -> None:
    loaded.sandbox.netsuite_app.faults.script(Fault(Trouble.DROP_AFTER, method="addList"))
    made = dict(zip(COUPONS, loaded.create(), strict=True))
    lost = {record: one for record, one in made.items() if isinstance(one, Failed)}
    assert len(lost) >= 4
    assert all(one.in_doubt and one.record.endswith(record.external_id) for record, one in lost.items())
    assert loaded.held().keys() == {record.external_id for record in COUPONS}
    assert loaded.create() == [None] * len(COUPONS)
    assert len(loaded.held()) == len(COUPONS)
