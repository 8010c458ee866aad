"""Times a function in this process: microseconds a call, over different inputs, with the collector off."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

BATCH_S = 0.15

Input = TypeVar("Input")


def per_call_us(call: Callable[[Input], object], inputs: Sequence[Input], at_least_s: float = BATCH_S) -> float:
    """The mean of as many passes over the inputs as fill the time."""
    call(inputs[0])
    gc.collect()
    gc.disable()
    try:
        calls, spent = 0, 0.0
        while spent < at_least_s:
            begun = time.perf_counter()
            for each in inputs:
                call(each)
            spent += time.perf_counter() - begun
            calls += len(inputs)
    finally:
        gc.enable()
    return spent / calls * 1_000_000
