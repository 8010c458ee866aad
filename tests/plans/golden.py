"""A row of the specification, its cases, and the page that each case must be."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from adapters.netsuite.emulator import ONE_WORLD_CHART
from core.plan import page
from core.sync import Report
from core.undo import UNDO
from services.sandbox.stripe.shapes import Json
from tests.plans.scene import Scene
from tests.plans.stripe_said import told
from tests.plans.telling import ended, holds, left_open, made, masters, posted
from tests.proof.run import CHART

HERE = Path(__file__).parent
NEED_NO_SYNC = HERE / "events.that_need_no_sync.plan"
# Sample events of another account than the sandbox's: a golden each, where the samples are.
SAMPLES = (
    "charge.succeeded",
    "charge.refunded",
    "charge.dispute.created",
    "credit_note.created",
    "invoice.marked_uncollectible",
    "payout.paid",
)


@dataclass(frozen=True, slots=True)
class Case:
    """What happens (`play`), told to the connector by the last event of a type; `settings` are those that differ from the default.

    `play` may give the id of the event's subject where there are several; `event` undo: what a person undoes, by that id. `twin`: why another case has the same page.
    `one_world`: in a NetSuite account of several subsidiaries."""

    event: str
    name: str
    play: Callable[[Scene], object]
    settings: str = ""
    twin: str = ""
    one_world: bool = False

    @property
    def golden(self) -> Path:
        return HERE / f"{self.event}__{self.name}.plan"


@dataclass(frozen=True, slots=True)
class Row:
    """A row or bullet of the specification: where it stands there, what Stripe has, what NetSuite gets, and the cases that show it.

    `not_built`: what meets it instead; such a row has no cases yet. `shown_by`: tests or goldens elsewhere that show it."""

    where: str
    given: str
    then: str
    cases: tuple[Case, ...] = ()
    not_built: str = ""
    shown_by: str = ""


def page_of(case: Case, row: str) -> str:
    """The golden page: the row that it shows, what is given, the plan, what it posts, what stays open."""
    s = Scene(case.settings, ONE_WORLD_CHART if case.one_world else CHART)
    wanted = case.play(s)
    again = _happens(s, case.event, wanted if isinstance(wanted, str) else "")
    before, known, held = s.netsuite.transactions(), masters(s.netsuite), list(holds(s))
    report = again()
    plan = page(report.plan) if report.plan else ""
    sections = (
        ("Stripe says", [*((f"account {s.account}",) if s.account else ()), *told(s)]),
        ("Settings", case.settings.strip().splitlines()),
        ("NetSuite holds", held),
        ("Plan", plan.splitlines()),
        ("Outcome", [*ended(report.outcome).splitlines(), *made(known, masters(s.netsuite))]),
        ("Posts", list(posted(s.netsuite, before, plan))),
        ("Leaves open", list(left_open(s.netsuite))),
    )
    after = s.netsuite.transactions()
    again()
    assert s.netsuite.transactions() == after, "the same event again changes the books"
    head = f"{case.event}: {case.name.replace('_', ' ')}\n{row}\n"
    return head + "".join(_section(name, lines) for name, lines in sections if lines)


def same_as_golden(golden: Path, now: str, request: pytest.FixtureRequest) -> None:
    """The page is the golden one, or the difference is shown; with --rewrite-plans it becomes the golden one."""
    if request.config.getoption("--rewrite-plans"):
        golden.write_text(now)
    assert golden.exists(), f"no golden yet: run pytest --rewrite-plans and read {golden.name}"
    was = golden.read_text()
    differs = difflib.unified_diff(was.splitlines(), now.splitlines(), golden.name, "now", lineterm="")
    assert now == was, "\n" + "\n".join(differs)


def body(text: str) -> str:
    """A page without its two lines of heading: what makes it the twin of another."""
    return text.partition("\n")[2].partition("\n")[2]


def _happens(s: Scene, event_type: str, subject: str) -> Callable[[], Report]:
    """What the case is of: an event that arrives, or a person who undoes an object."""
    if event_type == UNDO:
        return lambda: s.undo(subject)
    event = _event(s, event_type, subject)
    return lambda: s.deliver(event, s.account)


def _event(s: Scene, event_type: str, subject: str) -> Json:
    """The newest event of the type; of that subject, when `play` ended with one."""
    found = [each for each in s.world.events if each["type"] == event_type]
    assert found, f"Stripe sent no {event_type}; it sent {', '.join(each['type'] for each in s.world.events)}"
    return next((each for each in reversed(found) if each["data"]["object"].get("id") == subject), found[-1])


def _section(name: str, lines: list[str]) -> str:
    return f"\n{name}\n" + "".join(f"  {line}".rstrip() + "\n" for line in lines)
