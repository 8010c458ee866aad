"""Golden plans of an account that is not our sandbox's: the sample events beside the repository, where they are."""

from __future__ import annotations

import json
from collections.abc import Iterable
from decimal import Decimal
from functools import cache

import pytest

from adapters.stripe.memory import MemoryStripe
from core.events import Sync, row_for
from core.held import Ask, Held, HeldRecord
from core.plan import page
from core.records import RecordType
from tests.plans.golden import HERE, SAMPLES, same_as_golden
from tests.proof.run import SETTINGS
from tests.shared import SHARED, needs_shared

EVENTS = SHARED / "stripe" / "events" / "basil-plus" / "scenario-a"


@cache
def account() -> MemoryStripe:
    folder = SHARED / "stripe" / "scenario-a"
    objects = json.loads((folder / "final_state.json").read_text(), parse_float=Decimal)
    contents = json.loads((folder / "payouts.json").read_text(), parse_float=Decimal)
    return MemoryStripe(objects, {each["payout"]["id"]: tuple(row["id"] for row in each["balance_transactions"]) for each in contents})


def members_are_there(asks: Iterable[Ask]) -> Held:
    """The payments and refunds that a payout asks about stand in NetSuite; nothing that was asked to be read has been touched."""
    payable = (RecordType.CUSTOMER_PAYMENT, RecordType.CUSTOMER_REFUND)
    return Held({ask.ref: HeldRecord("1") for ask in asks if ask.ref.type in payable and not ask.read})


@needs_shared
@pytest.mark.parametrize("name", SAMPLES)
def test_the_plan_of_a_sample_event(name: str, request: pytest.FixtureRequest) -> None:
    event = json.loads((EVENTS / f"{name}.json").read_text(), parse_float=Decimal)
    row = row_for(event["type"])
    assert isinstance(row, Sync)
    plan = page(row.subject.plan(account(), event["data"]["object"]["id"], "", SETTINGS, members_are_there))
    same_as_golden(HERE / f"{name}__of_the_sample_account.plan", plan, request)
