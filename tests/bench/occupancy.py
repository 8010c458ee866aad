"""How well NetSuite's slots were used, from when each call came and when its answer left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stay:
    """One call at NetSuite, in seconds of one clock; `peer` is the connection that it came by."""

    came_s: float
    left_s: float
    peer: str


def elapsed_s(stays: Sequence[Stay]) -> float:
    """From the first call's coming to the last one's leaving."""
    return max(stay.left_s for stay in stays) - min(stay.came_s for stay in stays)


def busy_share(stays: Sequence[Stay], limit: int) -> float:
    """Of `limit` slots over the whole time, the part in which a call was in one."""
    return sum(stay.left_s - stay.came_s for stay in stays) / (limit * elapsed_s(stays))


def rate(stays: Sequence[Stay], without_s: float) -> float:
    """Calls a second that left, without so many seconds at the beginning and at the end, in which the slots fill and run dry."""
    begin, end = min(stay.came_s for stay in stays) + without_s, max(stay.left_s for stay in stays) - without_s
    return sum(begin <= stay.left_s < end for stay in stays) / (end - begin)


def most_at_once(stays: Sequence[Stay]) -> int:
    """A call that comes as another leaves is not beside it."""
    moments = sorted([(stay.came_s, 1) for stay in stays] + [(stay.left_s, -1) for stay in stays])
    most = now = 0
    for _, step in moments:
        now += step
        most = max(most, now)
    return most


def connections(stays: Sequence[Stay]) -> int:
    return len({stay.peer for stay in stays})
