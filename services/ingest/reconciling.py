"""Reconciliation as scheduled work: the writer is asked for Stripe's whole balance against NetSuite's, and what differs is told."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from threading import Event as Signal
from typing import Any, Protocol

import grpc
from stripe_netsuite.v1 import writer_pb2

from services.ingest.schedule import Done, Keep

LOOK_EVERY_S = 5.0


class Reconciler(Protocol):
    """The writer, as far as it is asked here."""

    def reconcile(self) -> writer_pb2.ReconcileResponse: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Reconciling:
    """`connect` opens a client of the writer. Reading both sides may take long: meanwhile the turn is kept, and given up when it stops."""

    connect: Callable[[], Reconciler]
    stopping: Signal = field(default_factory=Signal)

    def do(self, keep: Keep) -> Done | None:
        """Ask, and say how it ended; None when it was broken off."""
        with ThreadPoolExecutor(1, "reconcile") as thread, closing(self.connect()) as writer:  # closed first, which ends the call
            asked = thread.submit(writer.reconcile)
            while True:
                try:
                    return told(asked.result(LOOK_EVERY_S))
                except TimeoutError:
                    keep()
                    if self.stopping.is_set():
                        return None
                except grpc.RpcError as error:
                    return Done(f"the writer did not answer: {_code(error)}", is_ok=False)


def _code(error: Any) -> str:
    """What a call raises is its status too; the types do not say so."""
    return str(error.code().name)


def told(answer: writer_pb2.ReconcileResponse) -> Done:
    """A difference is for a person: asking again soon would not mend it."""
    if answer.HasField("failed"):
        return Done(answer.failed.message, is_ok=False)
    differ = sum(row.stripe_minor != row.netsuite_minor for row in answer.rows)
    if differ:
        return Done(f"{differ} of {len(answer.rows)} rows differ: see reconcile --balance", is_ok=False, is_final=True)
    return Done(f"no difference in {len(answer.rows)} rows")
