"""What commands print: for people with rich (plain in a pipe), with --json one JSON document and nothing else; and the exit codes."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from enum import IntEnum
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import click
from rich.console import Console
from rich.table import Table

P = ParamSpec("P")
R = TypeVar("R")

# In a pipe lines are as long as they are: nothing is folded for a screen that is not there.
PIPE_WIDTH = 240
console = Console(highlight=False, soft_wrap=not sys.stdout.isatty(), width=None if sys.stdout.isatty() else PIPE_WIDTH)
errors = Console(stderr=True, highlight=False, soft_wrap=True)


class Exit(IntEnum):
    """What a command's exit code says."""

    DONE = 0
    SOME_FAILED = 1
    WRONG_USE = 2
    UNREACHABLE = 3


class Stop(click.ClickException):
    """Ends a command with a sentence and one of our exit codes."""

    def __init__(self, message: str, code: Exit) -> None:
        super().__init__(message)
        setattr(self, "exit_code", int(code))  # noqa: B010 - click declares it for the class, and means each exception's own

    def show(self, file: Any = None) -> None:
        errors.print(f"[red]error:[/] {self.message}", style="default")


def json_option(command: Callable[P, R]) -> Callable[P, R]:
    """Adds --json to a command."""
    return click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout, nothing else.")(command)


def print_json(document: object) -> None:
    click.echo(json.dumps(document, indent=2, ensure_ascii=False, default=str))


def table(*columns: str) -> Table:
    """An empty table in the one style that all commands use."""
    made = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        made.add_column(column, overflow="fold")
    return made


def exits(command: Callable[P, int | None]) -> Callable[P, None]:
    """Lets a command return its exit code."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        sys.exit(command(*args, **kwargs) or Exit.DONE)

    return run
