"""Golden plans: what NetSuite should hold after real-shaped events, each a page beside this file that an accountant can read.

`<event>__fortnight.plan` comes from the Stripe sandbox's merchant; `<event>__story.plan` from the sample events beside the
repository, where they are. `pytest --rewrite-plans` writes them anew.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from adapters.stripe.api import ApiReader
from adapters.stripe.memory import MemoryStripe
from core.events import TABLE, Sync, row_for
from core.held import Ask, Held, HeldRecord
from core.outcome import CannotSync
from core.plan import page
from core.ports import StripeReader
from core.records import RecordType
from services.sandbox.stripe.app import API_KEY, stripe_app
from services.sandbox.stripe.fortnight import play_fortnight
from services.sandbox.stripe.world import World
from tests.given import SETTINGS as PLAIN
from tests.services.loopback import served
from tests.shared import SHARED

SETTINGS = replace(PLAIN, accounts=replace(PLAIN.accounts, receivable="120"))
HERE = Path(__file__).parent
SAMPLES = SHARED / "stripe" / "events" / "basil-plus" / "scenario-a"
ACTING = [row.type for row in TABLE if isinstance(row, Sync)]
# What the fortnight's merchant never meets: each needs a case that is not built yet, or never happens to this merchant.
NOT_IN_THE_FORTNIGHT = {
    "payout.failed",
    "payout.canceled",
    "refund.failed",
    "invoice.voided",
    "invoice.marked_uncollectible",
    "invoice.overpaid",
    "credit_note.created",
    "credit_note.updated",
    "credit_note.voided",
}


@pytest.fixture(scope="module")
def fortnight() -> Iterator[tuple[World, ApiReader]]:
    """The merchant's fortnight when it is over, read over HTTP."""
    world = World(seed=1)
    for _ in play_fortnight(world, seed=1):
        pass
    with served(stripe_app(world)) as address, closing(ApiReader(API_KEY, address)) as reader:
        yield world, reader


@cache
def story() -> MemoryStripe:
    folder = SHARED / "stripe" / "scenario-a"
    objects = json.loads((folder / "final_state.json").read_text(), parse_float=Decimal)
    contents = json.loads((folder / "payouts.json").read_text(), parse_float=Decimal)
    return MemoryStripe(objects, {each["payout"]["id"]: tuple(row["id"] for row in each["balance_transactions"]) for each in contents})


def members_are_there(asks: Iterable[Ask]) -> Held:
    """The payments and refunds that a payout asks about stand in NetSuite; nothing that was asked to be read has been touched."""
    payable = (RecordType.CUSTOMER_PAYMENT, RecordType.CUSTOMER_REFUND)
    return Held({ask.ref: HeldRecord("1") for ask in asks if ask.ref.type in payable and not ask.read})


def planned(stripe: StripeReader, event: Any) -> str:
    row = row_for(event["type"])
    assert isinstance(row, Sync)
    try:
        return page(row.subject.plan(stripe, event["data"]["object"]["id"], "", SETTINGS, members_are_there))
    except CannotSync as stopped:
        return f"{stopped.failed.kind}: {stopped.failed.message}\n{stopped.failed.remedy}\n"


def compare(golden: Path, now: str, request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--rewrite-plans"):
        golden.write_text(now)
    assert golden.exists(), f"no golden yet: run pytest --rewrite-plans and read {golden.name}"
    assert now == golden.read_text()


@pytest.mark.parametrize("event_type", [name for name in ACTING if name not in NOT_IN_THE_FORTNIGHT])
def test_the_plan_of_the_fortnights_first(event_type: str, fortnight: tuple[World, ApiReader], request: pytest.FixtureRequest) -> None:
    world, stripe = fortnight
    first = next(event for event in world.events if event["type"] == event_type)
    compare(HERE / f"{event_type}__fortnight.plan", planned(stripe, first), request)


def test_the_fortnight_lacks_only_what_is_said(fortnight: tuple[World, ApiReader]) -> None:
    assert set(ACTING) - {event["type"] for event in fortnight[0].events} == NOT_IN_THE_FORTNIGHT


def sampled() -> Iterator[Any]:
    for path in sorted(SAMPLES.glob("*.json")) if SAMPLES.is_dir() else ():
        if path.name.removesuffix(".json").rstrip("0123456789").rstrip(".") in ACTING:
            yield pytest.param(path, id=path.stem)


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample events beside the repository are not here")
@pytest.mark.parametrize("path", list(sampled()))
def test_the_plan_of_a_sample_event(path: Path, request: pytest.FixtureRequest) -> None:
    event = json.loads(path.read_text(), parse_float=Decimal)
    name, _, number = path.stem.rpartition(".")
    case = f"{name}__story_{number}" if number.isdigit() else f"{path.stem}__story"
    compare(HERE / f"{case}.plan", planned(story(), event), request)
