"""New records over SOAP, one or many in a call: each status judged by itself, also that of a record whose script failed after it was saved."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from adapters.netsuite.faults import failed, is_duplicate, unreadable
from adapters.netsuite.soap_client import SoapClient
from adapters.netsuite.soap_faults import fault_of_status, was_saved
from adapters.netsuite.xml import Element, child, children
from core.outcome import CannotSync
from core.ports import Made
from core.records import External

# NetSuite adds 200 in one synchronous request and upserts 100 (Oracle help, section_N3418637), one after another within 15 minutes.
MOST_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Adding:
    """`find` gives the internal id of a record that is there."""

    client: SoapClient
    find: Callable[[External], str | None]

    def one(self, ref: External, encoded: Any) -> str | None:
        """The new record's internal id; None when its externalId is taken."""
        return self._made(ref, self.client.call("add", str(ref), record=encoded))

    def many(self, encoded: Mapping[External, Any]) -> Mapping[External, Made]:
        """The same of each, in few calls; a record that fails, or a call, stops no other."""
        refs = list(encoded)
        made: dict[External, Made] = {}
        for at in range(0, len(refs), MOST_AT_ONCE):
            some = refs[at : at + MOST_AT_ONCE]
            made |= zip(some, self._added(some, [encoded[ref] for ref in some]), strict=True)
        return made

    def after_saving(self, ref: External, answer: Element) -> str:
        """NetSuite saved the record and a script failed then: it counts once it is seen to be there, and is refused when it is not."""
        found = self.find(ref)
        if found is None:
            fault = fault_of_status(answer)
            raise CannotSync(unreadable(str(ref)) if fault is None else failed(fault, str(ref)))
        return found

    def _added(self, refs: Sequence[External], encoded: Sequence[Any]) -> Sequence[Made]:
        try:
            answers = list(children(self.client.call("addList", record=list(encoded)), "writeResponse"))
        except CannotSync as stopped:
            return [replace(stopped.failed, record=str(ref)) for ref in refs]
        # In the order of the request; of what NetSuite did not come to in time there is no answer that one could trust.
        return [self._judged(ref, answers[at] if at < len(answers) else None) for at, ref in enumerate(refs)]

    def _judged(self, ref: External, answer: Element | None) -> Made:
        try:
            return self._made(ref, answer)
        except CannotSync as stopped:
            return stopped.failed

    def _made(self, ref: External, answer: Element | None) -> str | None:
        if answer is None:
            raise CannotSync(unreadable(str(ref)))
        fault = fault_of_status(answer)
        if fault is None:
            return numbered(child(answer, "baseRef"), str(ref))
        if was_saved(answer):
            return self.after_saving(ref, answer)
        if is_duplicate(fault):
            return None
        raise CannotSync(failed(fault, str(ref)))


def numbered(element: Element | None, about: str) -> str:
    """NetSuite's internal id of what it shows or made."""
    found = "" if element is None else element.get("internalId", "")
    if not found:
        raise CannotSync(unreadable(about))
    return found
