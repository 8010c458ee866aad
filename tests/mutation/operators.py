"""The mutants of a file: every small mistake of our list, one at a time, written into its syntax tree and taken out again."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, cast

NOT_RUN = ("annotation", "returns", "decorator_list", "format_spec")  # types, decorators, how a figure is printed
SWAPPED: dict[type[ast.AST], tuple[type[ast.AST], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.And: (ast.Or,),
    ast.Or: (ast.And,),
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.FloorDiv,),
    ast.FloorDiv: (ast.Mult,),
    ast.Mod: (ast.FloorDiv,),
}
OTHER_CALL = {"min": "max", "max": "min", "any": "all", "all": "any", "sorted": "list", "reversed": "list", "abs": "+"}
DROPPED = (ast.Raise, ast.Continue, ast.Break, ast.AugAssign, ast.Delete)  # statements that are left out
LISTS = ("elts", "keywords", "ifs", "cases")  # what loses one of its parts at a time


@dataclass(frozen=True, slots=True)
class Mutant:
    """One mistake. `where` is the function or class around it, `change` both texts, `nth` counts the same change in the same place from 1;
    `lines` are those of the statement, or of the head of a compound one."""

    where: str
    change: str
    nth: int
    lines: range


def mutants(tree: ast.Module) -> Iterator[Mutant]:
    """Each mutant of the tree; the tree holds it until the next one is asked for, and is as it was at the end."""
    met: Counter[tuple[str, str]] = Counter()
    for found in _within(tree, Mutant("", "", 0, range(1, 2))):
        met[found.where, found.change] += 1
        yield replace(found, nth=met[found.where, found.change])


def _within(node: ast.AST, at: Mutant) -> Iterator[Mutant]:
    if isinstance(node, ast.Import | ast.ImportFrom):
        return
    for field, value in ast.iter_fields(node):
        if field in NOT_RUN:
            continue
        for number, child in enumerate(value if isinstance(value, list) else (value,)):
            if not isinstance(child, ast.AST) or _is_said(child) or (field == "cases" and child is value[-1] and _is_empty(child)):
                continue
            if isinstance(child, ast.Assign) and not at.where and _is_type(child.value):
                continue
            place = _place(child, at)
            for new in _instead(child, node, field):
                yield from _put(node, field, number, new, place)
            yield from _within(child, place)
        if field in LISTS:
            yield from _losing_one(node, field, at)


def _put(node: ast.AST, field: str, number: int, new: ast.AST, at: Mutant) -> Iterator[Mutant]:
    value = getattr(node, field)
    old = value[number] if isinstance(value, list) else value
    if not hasattr(new, "lineno"):
        ast.fix_missing_locations(ast.copy_location(new, old if hasattr(old, "lineno") else node))
    shown = (node, node) if isinstance(old, ast.cmpop | ast.boolop | ast.operator) else (old, new)
    before = _text(shown[0])
    _set(node, field, number, new)
    yield replace(at, change=f"{before} -> {_text(shown[1])}")
    _set(node, field, number, old)


def _set(node: ast.AST, field: str, number: int, new: ast.AST) -> None:
    if isinstance(held := getattr(node, field), list):
        held[number] = new
    else:
        setattr(node, field, new)


def _losing_one(node: ast.AST, field: str, at: Mutant) -> Iterator[Mutant]:
    """An element, an argument by keyword, a condition or an arm less."""
    parts = getattr(node, field)
    least = 2 if field == "cases" else 1
    stored = isinstance(getattr(node, "ctx", None), ast.Store)
    if len(parts) < least or stored or isinstance(node, ast.ClassDef | ast.MatchClass | ast.MatchSequence):
        return
    for part, rest in zip(parts, _one_less(parts), strict=True):
        if isinstance(part, ast.Constant) or _is_said(part):
            continue  # another value in a constant's place says as much
        if part is parts[-1] and _is_empty(part):
            continue
        is_arm = isinstance(part, ast.match_case)
        said = f"case {_text(part.pattern)}" if is_arm else f"{_text(part)} in {_text(node)}"
        setattr(node, field, rest)
        yield replace(_place(part.body[0], at) if is_arm else at, change=f"without {said}")
        setattr(node, field, parts)


def _instead(node: ast.AST, parent: ast.AST, field: str) -> Iterator[ast.AST]:
    """What may stand by mistake where the node stands."""
    if field in {"test", "guard"} and not isinstance(parent, ast.Assert):
        yield from (ast.Constant(value) for value in ((False,) if isinstance(parent, ast.While) else (True, False)))
    for other in SWAPPED.get(type(node), ()):
        yield other()
    match node:
        case ast.Constant(value) if not isinstance(parent, ast.MatchSingleton):
            yield from _other_value(value)
        case ast.BoolOp(op, values):
            yield from (rest[0] if len(rest) == 1 else ast.BoolOp(op, rest) for rest in _one_less(values))
        case ast.MatchOr(patterns):
            yield from (rest[0] if len(rest) == 1 else ast.MatchOr(rest) for rest in _one_less(patterns))
        case ast.UnaryOp(ast.Not() | ast.USub(), operand):
            yield operand
        case ast.Call(ast.Name(name), [first, *others], keywords) if name in OTHER_CALL:
            if name in {"min", "max", "any", "all"}:
                yield ast.Call(ast.Name(OTHER_CALL[name], ast.Load()), [first, *others], keywords)
            else:
                yield first if name == "abs" else ast.Call(ast.Name("list", ast.Load()), [first], [])
        case ast.Tuple([], ast.Load()) | ast.List([], ast.Load()):
            yield ast.Tuple([ast.Constant(None)], ast.Load())
        case ast.Return(value) if value and not (isinstance(value, ast.Constant) and value.value is None):
            yield ast.Return(ast.Constant(None))
        case ast.Return() if not (isinstance(parent, ast.FunctionDef) and node is parent.body[-1]):
            yield ast.Pass()
        case ast.Expr(ast.Call() | ast.Yield() | ast.YieldFrom() | ast.Await()):
            yield ast.Pass()
        case ast.Assign([ast.Attribute() | ast.Subscript()]):
            yield ast.Pass()
        case ast.stmt() if isinstance(node, DROPPED):
            yield ast.Pass()


def _other_value(value: object) -> Iterator[ast.expr]:
    """Words with a blank in them are prose: their wording is no rule."""
    match value:
        case bool():
            yield ast.Constant(not value)
        case int():
            yield ast.Constant(value + 1)
        case "":
            yield ast.Constant("?")
        case str() if " " not in value:
            yield ast.Constant("")


def _one_less(parts: list[Any]) -> list[list[Any]]:
    return [[*parts[:number], *parts[number + 1 :]] for number in range(len(parts))]


def _place(node: ast.AST, at: Mutant) -> Mutant:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
            return replace(at, where=f"{at.where}.{node.name}".lstrip("."), lines=range(first, node.body[0].lineno))
        case ast.stmt():
            body = cast("list[ast.stmt]", getattr(node, "body", [])) or [case.body[0] for case in getattr(node, "cases", [])]
            end = body[0].lineno if body else (node.end_lineno or node.lineno) + 1
            return replace(at, lines=range(node.lineno, max(end, node.lineno + 1)))
        case _:
            return at


def _is_said(node: ast.AST) -> bool:
    """A docstring, a name of a type, or that two lists are of one length."""
    match node:
        case ast.Expr(ast.Constant()):
            return True
        case ast.Call(ast.Name("cast" | "TypeVar" | "NewType")) | ast.keyword("strict"):
            return True
        case _:
            return False


def _is_type(value: ast.expr) -> bool:
    """The name of a type, as a module gives it."""
    return isinstance(value, ast.Subscript) or (isinstance(value, ast.BinOp) and isinstance(value.op, ast.BitOr))


def _is_empty(node: ast.AST) -> bool:
    """An arm that does nothing: as the last one it says only that nothing was forgotten."""
    return isinstance(node, ast.match_case) and ast.unparse(node.body[0]) in {"pass", "return", "return None"}


def _text(node: ast.AST) -> str:
    text = ast.unparse(node)
    return " ".join(text.split())
