"""What an expression of the source may say: its sentences, with `{}` for each value that is known only when it runs."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

_MOST = 24
"""So many sentences one expression may be made of; more are a value."""
_DEEPEST = 6
_Function = ast.FunctionDef | ast.AsyncFunctionDef
_OF_A_TEXT = ("removeprefix", "removesuffix", "strip", "rstrip", "capitalize")
HOLE = "{}"


@dataclass(slots=True)
class Module:
    """A file of the source.

    Attributes:
        owner: the function each node stands in; None at the top.
    """

    path: Path
    tree: ast.Module
    owner: dict[ast.AST, _Function | None] = field(default_factory=dict)


class Source:
    """Files that are read together: a sentence may be made in one and handed over in another."""

    def __init__(self, files: Iterable[Path]) -> None:
        self.modules = [Module(file, ast.parse(file.read_text(encoding="utf-8"))) for file in sorted(files)]
        self.within: dict[int, set[str]] = defaultdict(set)
        """What is said within sentences, by the module of these."""
        self._known: dict[tuple[ast.AST, int], frozenset[str]] = {}
        self._functions: dict[str, list[tuple[Module, _Function]]] = defaultdict(list)
        self._calls: dict[str, list[tuple[Module, ast.Call]]] = defaultdict(list)
        self._constants: dict[str, list[tuple[Module, ast.expr]]] = defaultdict(list)
        for module in self.modules:
            self._enter(module, module.tree, None)

    def _enter(self, module: Module, node: ast.AST, owner: _Function | None) -> None:
        module.owner[node] = owner
        if isinstance(node, ast.Call):
            self._calls[called(node)].append((module, node))
        if owner is None and isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                if isinstance(target, ast.Name):
                    self._constants[target.id].append((module, node.value))
        if isinstance(node, _Function):
            self._functions[node.name].append((module, node))
            owner = node
        for child in ast.iter_child_nodes(node):
            self._enter(module, child, owner)

    def forms(self, module: Module, node: ast.AST, depth: int = _DEEPEST) -> frozenset[str]:
        """The sentences an expression may be; `{}` alone where it is made elsewhere."""
        if depth <= 0:
            return frozenset({HOLE})
        if (node, depth) not in self._known:
            found = frozenset(self._forms(module, node, depth))
            self._known[node, depth] = found if 0 < len(found) <= _MOST else frozenset({HOLE})
        return self._known[node, depth]

    def _forms(self, module: Module, node: ast.AST, depth: int) -> Iterator[str]:
        match node:
            case ast.Constant(value=str() as text):
                yield text
            case ast.JoinedStr():
                yield "".join(self._part(module, part, depth) for part in node.values)
            case ast.BinOp(op=ast.Add()):
                sides = [self.forms(module, side, depth) for side in (node.left, node.right)]
                yield from map("".join, product(*sides))
            case ast.IfExp():
                yield from self.forms(module, node.body, depth) | self.forms(module, node.orelse, depth)
            case ast.BoolOp():
                for value in node.values:
                    yield from self.forms(module, value, depth)
            case ast.NamedExpr():
                yield from self.forms(module, node.value, depth)
            case ast.Name():
                yield from self._of_name(module, node, depth - 1)
            case ast.Subscript(value=ast.Name() as table):
                yield from self._of_table(table.id, depth - 1)
            case ast.Call():
                yield from self._of_call(module, node, depth - 1)
            case _:
                yield HOLE

    def _part(self, module: Module, part: ast.AST, depth: int) -> str:
        """A part of a sentence: what may be said in its place is kept aside, unless it is always the same."""
        if not isinstance(part, ast.FormattedValue):
            return next(iter(self.forms(module, part, depth)))
        if part.conversion != -1 or part.format_spec is not None:
            return HOLE
        said = self.forms(module, part.value, depth - 1)
        if len(said) == 1 and HOLE not in next(iter(said)):
            return next(iter(said))
        self.within[id(module)].update(said - {HOLE})
        return HOLE

    def _of_name(self, module: Module, node: ast.Name, depth: int) -> Iterator[str]:
        owner = module.owner.get(node)
        while owner is not None:
            given = [one for one in ast.walk(owner) if _assigns(one, node.id)]
            if given:
                for one in given:
                    value = _value_of(one, node.id)
                    yield from self.forms(module, value, depth) if value is not None else [HOLE]
                return
            if node.id in _parameters(owner):
                yield from self._handed(owner, node.id, depth)
                return
            if any(
                isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store) and one.id == node.id
                for one in ast.walk(owner)
            ):
                yield HOLE
                return
            owner = module.owner.get(owner)
        yield from self._of_constant(node.id, depth, module)

    def _of_constant(self, name: str, depth: int, module: Module | None = None) -> Iterator[str]:
        known = self._constants.get(name, [])
        meant = [one for one in known if one[0] is module] or known
        for there, value in meant if len(meant) == 1 else ():
            yield from self.forms(there, value, depth)
        if len(meant) != 1:
            yield HOLE

    def _of_table(self, name: str, depth: int) -> Iterator[str]:
        for there, value in self._constants.get(name, []):
            if isinstance(value, ast.Dict):
                for one in value.values:
                    yield from self.forms(there, one, depth)
                return
        yield HOLE

    def _of_call(self, module: Module, node: ast.Call, depth: int) -> Iterator[str]:
        name = called(node)
        if name == "format" and isinstance(node.func, ast.Attribute):
            for text in self.forms(module, node.func.value, depth):
                yield _braces_emptied(text)
        elif name in _OF_A_TEXT and isinstance(node.func, ast.Attribute):
            yield from self.forms(module, node.func.value, depth)
        elif name == "get" and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
            yield from self._of_table(node.func.value.id, depth)
        elif meant := self._meant(module, name):
            there, function = meant
            returned = [one.value for one in ast.walk(function) if isinstance(one, ast.Return) and one.value]
            for value in returned:
                if not (isinstance(value, ast.Constant) and value.value is None):
                    yield from self.forms(there, value, depth)
            if not returned:
                yield HOLE
        else:
            yield HOLE

    def _meant(self, module: Module, name: str) -> tuple[Module, _Function] | None:
        """The function of this name in the module, else the only one there is."""
        known = self._functions.get(name, [])
        meant = [one for one in known if one[0] is module] or known
        return meant[0] if len(meant) == 1 else None

    def _handed(self, function: _Function, name: str, depth: int) -> Iterator[str]:
        """What callers hand over under this name."""
        names = _parameters(function)
        module = next(there for there, one in self._functions[function.name] if one is function)
        is_own = len(self._functions[function.name]) > 1
        if is_own and not function.name.startswith("_"):
            yield HOLE
            return
        skip = 1 if names and names[0] in ("self", "cls") else 0
        is_any = False
        for there, call in self._calls.get(function.name, []):
            if is_own and there is not module:
                continue
            for value in argument(call, names.index(name) - skip, name):
                is_any = True
                yield from self.forms(there, value, depth)
        if not is_any:
            yield HOLE


def called(node: ast.Call) -> str:
    """The name of what is called, without the thing it belongs to."""
    return getattr(node.func, "id", getattr(node.func, "attr", ""))


def argument(call: ast.Call, place: int, name: str) -> list[ast.expr]:
    """What a call hands over at a place or by a name."""
    named = [one.value for one in call.keywords if one.arg == name]
    return named or ([call.args[place]] if 0 <= place < len(call.args) else [])


def _parameters(function: _Function) -> list[str]:
    given = function.args
    return [one.arg for one in (*given.posonlyargs, *given.args, *given.kwonlyargs)]


def _assigns(node: ast.AST, name: str) -> bool:
    if isinstance(node, ast.Assign):
        return any(isinstance(one, ast.Name) and one.id == name for one in _flat(node.targets))
    return isinstance(node, ast.AnnAssign | ast.NamedExpr | ast.AugAssign) and getattr(node.target, "id", "") == name


def _value_of(node: ast.AST, name: str) -> ast.expr | None:
    """What is assigned under a name; None where that is no expression by itself."""
    if isinstance(node, ast.AnnAssign | ast.NamedExpr):
        return node.value
    if not isinstance(node, ast.Assign):
        return None
    for target in node.targets:
        if isinstance(target, ast.Name):
            return node.value
        if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
            pairs = zip(target.elts, node.value.elts, strict=False)
            return next((value for one, value in pairs if isinstance(one, ast.Name) and one.id == name), None)
    return None


def _flat(targets: Iterable[ast.AST]) -> Iterator[ast.AST]:
    for one in targets:
        if isinstance(one, ast.Tuple):
            yield from _flat(one.elts)
        else:
            yield one


def _braces_emptied(text: str) -> str:
    plain, depth = "", 0
    for character in text:
        depth += (character == "{") - (character == "}")
        if depth == 0:
            plain += HOLE if character == "}" else character
    return plain
