"""All checks of the doctor, in order: the settings, then each side as far as its settings allow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import cast

from dependency_injector import providers

from services.config import Config
from services.doctor.check import Check, Side
from services.doctor.netsuite_side import LOG_IN, NETSUITE, NetSuiteSide
from services.doctor.stripe_side import KEY, STRIPE, Reader, stripe_checks
from services.settings_file import Problem
from services.wiring import Writer

SETTINGS = Side("settings")
NOT_TRIED = "not tried: its settings are not complete"


def examine(config: Config, problems: Sequence[Problem]) -> Iterator[Check]:
    """Every check; `problems` is what the settings lack. Nothing is written anywhere."""
    for problem in problems:
        yield SETTINGS.wrong(problem.key, problem.message, f"Set {problem.variable}, or the key in the settings file.")
    if not problems:
        yield SETTINGS.ok("all", "complete")
    container = Writer(config=providers.Object(config))
    container.slots.override(container.alone)  # it must work where the writer's database does not
    broken = {problem.key for problem in problems}
    if KEY in broken:
        yield STRIPE.wrong(KEY, NOT_TRIED, "Mend the settings first.")
    else:
        reader = container.stripe()
        try:
            yield from stripe_checks(config.stripe, tuple(config.stripe_accounts), cast(Reader, reader))
        finally:
            reader.close()
    if any(key.startswith("netsuite.") for key in broken):
        yield NETSUITE.wrong(LOG_IN, NOT_TRIED, "Mend the settings first.")
        return
    try:
        today = config.rules().day(datetime.now(UTC))
        yield from NetSuiteSide(config, container.account_info(), container.books(), today).checks()
    finally:
        container.transport().close()
