"""Who keeps the promises of a StripeReader: memory, and the API over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from adapters.stripe.api import ApiReader
from adapters.stripe.memory import MemoryStripe
from core.ports import StripeReader
from tests.contracts.stripe_reader import StripeReaderContract
from tests.stripe_api import KEY, StripeApi, serving
from tests.stripe_objects import CONNECTED, PAYOUT_ROWS, few_days


def memory() -> MemoryStripe:
    return MemoryStripe(few_days(), PAYOUT_ROWS, CONNECTED)


class TestMemoryStripe(StripeReaderContract):
    @pytest.fixture
    def reader(self) -> StripeReader:
        return memory()


@pytest.fixture(scope="module")
def served() -> Iterator[ApiReader]:
    with serving(StripeApi(memory()).app()) as url, closing(ApiReader(KEY, url, max_network_retries=0)) as reader:
        yield reader


class TestApiReader(StripeReaderContract):
    @pytest.fixture
    def reader(self, served: ApiReader) -> StripeReader:
        return served
