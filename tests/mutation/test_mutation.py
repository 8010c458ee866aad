"""The runner plants every mistake of its list, tells the noticed from the unnoticed, and explains only what is there."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from tests.mutation.operators import mutants
from tests.mutation.run import ROOT, each_of, explained

MISTAKES = [
    ("a < b", ["a <= b", "a >= b"]),
    ("a == b", ["a != b"]),
    ("a in b", ["a not in b"]),
    ("a and b", ["b", "a", "a or b"]),
    ("not a", ["a"]),
    ("a - 1", ["a + 1", "a - 2"]),
    ("-a", ["a"]),
    ("'fee'", ["''"]),
    ("''", ["'?'"]),
    ("'two words'", []),
    ("()", ["(None,)"]),
    ("min(a, b)", ["max(a, b)"]),
    ("sorted(a, key=b)", ["list(a)", "sorted(a)"]),
    ("f(a, b=c)", ["f(a)"]),
    ("(a, b)", ["(b,)", "(a,)"]),
    ("[a for a in b if c]", ["[a for a in b]"]),
    ("a if b else c", ["a if True else c", "a if False else c"]),
]


@pytest.mark.parametrize(("right", "wrong"), MISTAKES, ids=[right for right, _ in MISTAKES])
def test_each_mistake_is_planted_and_taken_out_again(right: str, wrong: list[str]) -> None:
    tree = ast.parse(f"x = {right}")
    assert sorted(ast.unparse(tree)[4:] for _ in mutants(tree)) == sorted(wrong)
    assert ast.unparse(tree) == ast.unparse(ast.parse(f"x = {right}"))


def test_statements_arms_and_returned_values_are_left_out() -> None:
    text = """
    def f(a):
        match a:
            case 1 | 2:
                g(a)
            case _:
                raise a
        return a
    """
    said = [mutant.change for mutant in mutants(ast.parse(dedent(text)))]
    assert [each for each in said if each not in {"1 -> 2", "2 -> 3"}] == [
        "1 | 2 -> 2",
        "1 | 2 -> 1",
        "g(a) -> pass",
        "raise a -> pass",
        "without case 1 | 2",
        "without case _",
        "return a -> return None",
    ]


def test_each_explained_mutant_is_there_and_has_a_reason() -> None:
    known = explained()
    there = {name for file in {name[0] for name in known} for name, _, _ in each_of(ROOT / file)}
    assert [name for name in known if name not in there] == [], "take these out of explained.toml, or bring them up to date"
    assert all(reason.strip() for reason in known.values())


PRODUCT = """
LARGEST = 3
SMALLEST = 0


def fits(n: int) -> bool:
    return SMALLEST < n <= LARGEST


def counted(n: int) -> int:
    while n > 1:
        n -= 1
    return n


def unused() -> int:
    return 1
"""
TESTS = """
from core.product import counted, fits


def test_fits() -> None:
    assert fits(3) and not fits(4)
    assert not fits(0)


def test_counted() -> None:
    assert counted(3) == 1
"""


def test_a_run_tells_the_noticed_from_the_unnoticed(tmp_path: Path) -> None:
    """A comparison, a loop without end, a constant that is read at import, a function that nobody calls, and what is explained."""
    for name, text in (
        ("core/product.py", PRODUCT),
        ("tests/test_product.py", TESTS),
        ("core/__init__.py", ""),
        ("pytest.ini", "[pytest]\n"),
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "explained.toml").write_text(
        '[[equivalent]]\nfile = "core/product.py"\nwhere = "counted"\nchange = "1 -> 2"\nbecause = "told as an example"\n'
    )
    run = f"""
    import sys
    sys.path.append({str(ROOT)!r})
    from pathlib import Path
    from tests.mutation import forked
    from tests.mutation.run import Run, Wanted
    forked.CPU_S = 0.3
    root = Path({str(tmp_path)!r})
    for met in Run(Wanted(root=root, tests=("tests",), explained=root / "explained.toml"), lambda met: None).all():
        print(met.verdict, met.name[1], met.name[2], sep="|")
    """
    ended = subprocess.run([sys.executable, "-c", dedent(run)], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    told = set(ended.stdout.split("\n"))
    assert {
        "killed|fits|SMALLEST < n <= LARGEST -> SMALLEST <= n <= LARGEST",
        "killed|counted|n -= 1 -> pass",
        "killed||3 -> 4",
        "survived||0 -> 1",
        "not reached|unused|1 -> 2",
        "explained|counted|1 -> 2",
    } <= told, ended.stdout + ended.stderr
