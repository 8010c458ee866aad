"""The writer without a wire: the use case called in a thread. The memory adapter of the Writer port."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from core.inbox import Event
from core.outcome import Outcome
from core.plan import page
from core.sync import SyncUseCase


@dataclass(frozen=True, slots=True)
class InProcessWriter:
    """Implements core.ports.Writer. The deadline is not kept: nothing here waits for a network but what the use case calls."""

    use_case: SyncUseCase

    async def sync(self, event: Event, deadline_s: float) -> tuple[Outcome, str]:
        report = await asyncio.to_thread(self.use_case.event, event)
        return report.outcome, page(report.plan) if report.plan else ""
