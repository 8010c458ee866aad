"""NetSuite as the writer meets it: the emulator's books behind a wire on which everything that can go wrong does.

A request travels by itself: whoever sent it may be dead before it is carried out, and its answer may be lost, late or cut short.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import unquote

import msgspec

from adapters.netsuite.emulator import NetSuite
from adapters.netsuite.emulator.errors import error_body
from adapters.netsuite.faults import unreachable
from adapters.netsuite.transport import Reply
from core.outcome import CannotSync
from tests.sim.scheduler import Process, Scheduler, Wait

MUTATING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
HOST = "netsuite.sim"
LATEST_S = 900.0
"""So long after it was sent NetSuite may still carry a request out (Oracle help, section_1540364662)."""
PAGE = b"<html><body>Scheduled page</body></html>"


class Trouble(StrEnum):
    """What befalls one call."""

    ANSWER_LOST = "answer lost after commit"
    LATE = "answer lost, commit minutes later"
    REQUEST_LOST = "request lost"
    NO_CONNECTION = "no connection"
    CUT = "connection reset in the middle of the answer"
    LOGIN_PAGE = "carried out, and a page of HTML for an answer"
    BUSY = "429 burst"
    ERROR_BEFORE = "500, nothing written"
    ERROR_AFTER = "500 after commit"
    CHANGED = "RCRD_HAS_BEEN_CHANGED"


UNSEEN = frozenset(
    {Trouble.ANSWER_LOST, Trouble.LATE, Trouble.REQUEST_LOST, Trouble.CUT, Trouble.LOGIN_PAGE, Trouble.ERROR_BEFORE, Trouble.ERROR_AFTER}
)
"""After these nobody can tell whether a write was carried out."""


@dataclass(frozen=True, slots=True)
class Mood:
    """How NetSuite behaves in a story: the share of calls that meet each trouble, how fast it answers, how long its caller waits."""

    rates: Mapping[Trouble, float] = field(default_factory=dict)
    timeout_s: float = 60.0
    slowest_s: float = 2.0


@dataclass(eq=False, slots=True)
class Call:
    """One request on its way."""

    process: Process
    method: str
    path: str
    query: Mapping[str, str]
    body: bytes
    headers: Mapping[str, str]
    target: str
    sent: float = 0.0

    @property
    def mutating(self) -> bool:
        return self.method in MUTATING and "/record/" in self.path


Watcher = Callable[[str, Call], None]
"""Told of every call: `sent`, `unseen` (nobody can tell what became of it), `over` (its carrying out ended), `answered`."""


class Wire:
    """Between the writers and one NetSuite account."""

    def __init__(
        self, netsuite: NetSuite, scheduler: Scheduler, mood: Mood, dice: random.Random, met: Counter[tuple[str, str, str]]
    ) -> None:
        self.netsuite, self.scheduler, self.mood = netsuite, scheduler, mood
        self.watchers: list[Watcher] = []
        self.mutating = 0
        self.calls = 0
        self.met = met
        self.calm = False
        self.script: list[Trouble | None] = []
        self._dice = dice
        self._burst = 0

    def send(self, call: Call) -> Reply:
        """The answer; CannotSync when there is none."""
        trouble = self._scripted(call) if self.script else self._trouble()
        self.calls += 1
        call.sent = self.scheduler.now
        answer: Wait[Reply | CannotSync] = Wait(self.scheduler)
        took = self._dice.uniform(0.05, self.mood.slowest_s)
        if call.mutating:
            self._tell("sent", call)
            if trouble in UNSEEN and trouble is not Trouble.CUT:
                self._tell("unseen", call)
        match trouble:
            case Trouble.NO_CONNECTION:
                self.scheduler.after(10.0, lambda: self._end(call, answer, _lost("ConnectTimeout", sent=False)))
            case Trouble.REQUEST_LOST:
                self.scheduler.after(self.mood.timeout_s, lambda: self._end(call, answer, _lost("ReadTimeout")))
            case Trouble.LATE:
                late = self._dice.uniform(self.mood.timeout_s + 1, LATEST_S)
                self.scheduler.after(self.mood.timeout_s, lambda: self._end(call, answer, _lost("ReadTimeout")))
                self.scheduler.after(late, lambda: self._late(call))
            case Trouble.BUSY:
                self.scheduler.after(
                    took, lambda: self._end(call, answer, _error(429, "Concurrent request limit exceeded.", "CONCURRENCY_LIMIT_EXCEEDED"))
                )
            case Trouble.ERROR_BEFORE:
                self.scheduler.after(
                    took, lambda: self._end(call, answer, _error(500, "An unexpected error occurred.", "UNEXPECTED_ERROR"))
                )
            case Trouble.CHANGED if call.mutating:  # reads are not refused for it
                text = "RCRD_HAS_BEEN_CHANGED: Record has been changed"
                self.scheduler.after(took, lambda: self._end(call, answer, _error(400, text, "USER_ERROR")))
            case _:
                self.scheduler.after(took, lambda: self._carry_out(call, answer, trouble))
        found = answer.get()
        self._tell("answered", call)
        return self._counted(call, trouble, found)

    def _carry_out(self, call: Call, answer: Wait[Reply | CannotSync], trouble: Trouble | None) -> None:
        reply = self._apply(call)
        match trouble:
            case Trouble.ANSWER_LOST:
                self.scheduler.after(self.mood.timeout_s, lambda: answer.put(_lost("ReadTimeout")))
            case Trouble.CUT:
                if call.mutating and reply.status < 300:  # the status of a refusal is read before the rest is lost
                    self._tell("unseen", call)
                cut = Reply(reply.status, reply.headers, reply.body[: len(reply.body) // 2]) if reply.body else _lost("ConnectionError")
                self._soon(answer, cut)
            case Trouble.LOGIN_PAGE:
                self._soon(answer, Reply(200, {"Content-Type": "text/html"}, PAGE))
            case Trouble.ERROR_AFTER:
                self._soon(answer, _error(500, "An unexpected error occurred.", "UNEXPECTED_ERROR"))
            case _:
                self._soon(answer, reply)

    def _soon(self, answer: Wait[Reply | CannotSync], what: Reply | CannotSync) -> None:
        self.scheduler.after(self._dice.uniform(0.01, 0.2), lambda: answer.put(what))

    def _late(self, call: Call) -> None:
        self.scheduler.note(f"netsuite carries out late {call.method} {call.target}")
        self._apply(call)

    def _apply(self, call: Call) -> Reply:
        answer = self.netsuite.handle(call.method, unquote(call.path), call.query, call.headers, call.body)
        self.scheduler.note(f"netsuite {call.method} {call.target} {answer.status}")
        if call.mutating:
            self.mutating += 1
            self._tell("over", call)
        return Reply(answer.status, answer.headers, answer.body)

    def _end(self, call: Call, answer: Wait[Reply | CannotSync], what: Reply | CannotSync) -> None:
        if call.mutating:
            self._tell("over", call)
        answer.put(what)

    def _tell(self, what: str, call: Call) -> None:
        for watcher in self.watchers:
            watcher(what, call)

    def _scripted(self, call: Call) -> Trouble | None:
        """What befalls the next writes, one by one."""
        return self.script.pop(0) if call.mutating else None

    def _trouble(self) -> Trouble | None:
        if self.calm:
            return None
        if self._burst:
            self._burst -= 1
            return Trouble.BUSY
        for trouble, rate in self.mood.rates.items():
            if self._dice.random() < rate:
                if trouble is Trouble.BUSY:
                    self._burst = self._dice.randint(0, 6)
                return trouble
        return None

    def _counted(self, call: Call, trouble: Trouble | None, answer: Reply | CannotSync) -> Reply:
        ended = "no answer" if isinstance(answer, CannotSync) else f"{answer.status // 100}xx"
        if trouble:
            self.met[trouble.value, "write" if call.mutating else "read", ended] += 1
        if isinstance(answer, CannotSync):
            raise answer
        return answer


@dataclass(frozen=True, slots=True)
class SimTransport:
    """The Transport of one writer process; `sending` is asked before a write goes out, as HttpTransport asks its gate."""

    wire: Wire
    process: Process
    sending: Callable[[], str]

    def send(self, method: str, path: str, query: Mapping[str, str], body: bytes | None, headers: Mapping[str, str]) -> Reply:
        """See adapters.netsuite.transport.Transport."""
        call = Call(self.process, method, path, query, body or b"", headers, _target(method, path, body))
        if call.mutating:
            self.sending()
        self.process.step(f"sends {method} {call.target}")
        reply = self.wire.send(call)
        self.process.step(f"has the answer {reply.status} of {method} {call.target}")
        return reply


def _target(method: str, path: str, body: bytes | None) -> str:
    """Which record it is about: `customer/cus_1`; the query's own text for a query."""
    if "/record/" not in path:
        return "query"
    found = unquote(path).split("/record/v1/")[1]
    if method == "POST" and body:
        return f"{found}/{msgspec.json.decode(body).get('externalId', '')}"
    return found.replace("eid:", "")


def _lost(why: str, *, sent: bool = True) -> CannotSync:
    return CannotSync(unreachable(HOST, sent=sent, why=why))


def _error(status: int, text: str, code: str) -> Reply:
    return Reply(
        status, {"Content-Type": "application/vnd.oracle.resource+json; type=error"}, msgspec.json.encode(error_body(status, text, code))
    )
