"""`python -m tests.mutation`: mistakes planted in the core, one at a time; the tests must notice each."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Sequence

from tests.mutation.forked import Verdict
from tests.mutation.run import Met, Run, Wanted

LEAST = 0.95


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("--only", nargs="+", default=["core"], help="files or folders, as core/rules/refunds.py")
    parser.add_argument("--seconds", type=float, default=0, help="meet no new mutant after so many seconds")
    parser.add_argument("--sample", type=int, default=0, help="so many mutants, drawn with --seed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="only what is inside functions; tables and defaults take seconds each")
    parser.add_argument("--again", action="store_true", help="only what survived the last run")
    parser.add_argument("--killers", action="store_true", help="also say which test killed each mutant")
    given = parser.parse_args(arguments)
    wanted = Wanted(given.only, given.sample, given.seed, given.seconds, given.quick, given.again)
    if not wanted.files():
        parser.error(f"no file begins with {' or '.join(given.only)}")
    started = time.monotonic()
    met = Run(wanted, lambda one: _said(one, killers=given.killers)).all()
    ratio = _table(met)
    print(f"{time.monotonic() - started:.0f} s")
    return 0 if ratio >= LEAST else 1


def _said(met: Met, *, killers: bool) -> None:
    file, where, change, nth = met.name
    if met.verdict in {Verdict.SURVIVED, Verdict.NOT_REACHED} or (killers and met.by):
        times = f" (the {nth}. of this change)" if nth > 1 else ""
        print(f"{met.verdict}  {file}:{met.line} {where or 'module'}: {change}{times}{f'  by {met.by}' if met.by else ''}", flush=True)


def _table(met: Sequence[Met]) -> float:
    """A line a file, then the total; the ratio of the killed to all."""
    print(f"\n{'file':<34}{'mutants':>8}{'killed':>8}{'explained':>11}{'survived':>10}{'ratio':>9}")
    for file in sorted({one.name[0] for one in met}):
        _line(file, [one for one in met if one.name[0] == file])
    return _line("total", met)


def _line(name: str, met: Sequence[Met]) -> float:
    counted = Counter(one.verdict for one in met)
    killed, known = counted[Verdict.KILLED], counted[Verdict.EXPLAINED]
    ratio = killed / len(met) if met else 1.0
    print(f"{name:<34}{len(met):>8}{killed:>8}{known:>11}{len(met) - killed - known:>10}{ratio:>9.1%}")
    return ratio


if __name__ == "__main__":
    sys.exit(main())
