"""What must hold while a story runs (checked at every step it concerns) and when it is over. A sentence for each thing that does not."""

from __future__ import annotations

from dataclasses import dataclass, field

from core.inbox import Event
from core.outcome import Synced
from core.plan import Amend, Ensure, Upsert
from core.records import key
from core.sync import Report
from tests.sim.netsuite import LATEST_S, Call
from tests.sim.scheduler import Process, Scheduler


@dataclass(slots=True)
class Watch:
    """Sees every mutating call to NetSuite and every sync that ends."""

    scheduler: Scheduler
    wrong: list[str] = field(default_factory=list)
    under_way: dict[str, list[Call]] = field(default_factory=dict)
    unseen: dict[str, float] = field(default_factory=dict)

    def call(self, what: str, call: Call) -> None:
        """I-18, I-24; remembers what nobody can tell for I-17."""
        if not call.mutating:
            self._read(what, call)
            return
        others = self.under_way.setdefault(call.target, [])
        match what:
            case "sent":
                if call.method == "DELETE":
                    self._say("I-24", f"{call.process.name} deletes {call.target}")
                for other in others:
                    self._say("I-18", f"{call.process.name} writes {call.target} while {other.process.name} does")
                others.append(call)
            case "unseen":
                self._cannot_tell(call)
            case _:
                pass
        if what in ("over", "answered"):
            self.under_way[call.target] = [other for other in others if other is not call]

    def died(self, process: Process) -> None:
        """A process died: what it had sent nobody can tell any more."""
        for target, calls in self.under_way.items():
            for call in calls:
                if call.process is process:
                    self._cannot_tell(call)
            self.under_way[target] = [call for call in calls if call.process is not process]

    def synced(self, event: Event, report: Report) -> None:
        """I-17: nothing is called synced that rests on a call of unknown end."""
        if not isinstance(report.outcome, Synced) or report.plan is None:
            return
        for command in report.plan.commands:
            if isinstance(command, Ensure | Upsert | Amend):
                ref = command.ref if isinstance(command, Amend) else key(command.record)
                since = self.unseen.get(f"{ref.type}/{ref.external_id}")
                if since is not None:
                    age = self.scheduler.now - since
                    self._say("I-17", f"{event.type} {event.subject_id} is synced {age:.0f} s after a write of {ref} of unknown end")

    def _read(self, what: str, call: Call) -> None:
        """A read after the window says how an unknown write ended."""
        since = self.unseen.get(call.target)
        if what == "answered" and since is not None and call.sent - since >= LATEST_S:
            del self.unseen[call.target]

    def _cannot_tell(self, call: Call) -> None:
        if b"currencyList" not in call.body or call.method != "PATCH":  # a currency added twice is one currency, whenever it comes
            self.unseen[call.target] = call.sent

    def _say(self, which: str, sentence: str) -> None:
        self.wrong.append(f"{which}: {sentence}")
