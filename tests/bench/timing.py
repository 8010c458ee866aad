"""Times a function in this process: microseconds a call, over different inputs, with the collector off."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence
from statistics import median
from typing import TypeVar

BATCH_S = 0.15

Input = TypeVar("Input")


def per_call_us(call: Callable[[Input], object], inputs: Sequence[Input], at_least_s: float = BATCH_S) -> float:
    """Of as many passes over the inputs as fill the time, the median: a pass that the machine interrupted does not count."""
    call(inputs[0])
    gc.collect()
    gc.disable()
    try:
        passes: list[float] = []
        while sum(passes) < at_least_s:
            begun = time.perf_counter()
            for each in inputs:
                call(each)
            passes.append(time.perf_counter() - begun)
    finally:
        gc.enable()
    return median(passes) / len(inputs) * 1_000_000
