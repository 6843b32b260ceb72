"""Small changes of a module's syntax, each of which a test should notice."""

import ast
import copy
from collections.abc import Iterator

SWAPS: dict[type, type] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}


def mutants(source: str) -> Iterator[tuple[int, str, str]]:
    """(line, what was changed, changed source) of every mutant.

    Errors, annotations, docstrings, decorators and zip's `strict` stay as they are.
    """
    tree = ast.parse(source)
    for number, node in enumerate(_nodes(tree)):
        for change in _changes(node):
            mutated = copy.deepcopy(tree)
            target = next(each for index, each in enumerate(_nodes(mutated)) if index == number)
            before = ast.unparse(target)
            _apply(target, change)
            yield node.lineno, f"{before}  ->  {ast.unparse(target)}", ast.unparse(ast.fix_missing_locations(mutated))


def _nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """Expressions and statements that compute, in a fixed order."""
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.Raise | ast.JoinedStr | ast.Import | ast.ImportFrom | ast.AnnAssign | ast.arg):
            if isinstance(child, ast.AnnAssign) and child.value is not None:
                yield from _nodes_below(child.value)
            continue
        if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
            continue
        if isinstance(child, ast.keyword) and child.arg == "strict":
            continue
        yield from _nodes_below(child)


def _nodes_below(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.expr | ast.stmt):
        yield node
    if isinstance(node, ast.ClassDef):
        yield from _nodes(ast.Module(body=node.body, type_ignores=[]))
        return
    if isinstance(node, ast.FunctionDef):
        for part in (*node.args.defaults, *filter(None, node.args.kw_defaults), *node.body):
            holder = ast.Module(body=[part], type_ignores=[]) if isinstance(part, ast.stmt) else ast.Expr(part)
            yield from _nodes(holder)
        return
    yield from _nodes(node)


def _changes(node: ast.AST) -> list[str]:
    if isinstance(node, ast.BinOp | ast.AugAssign) and type(node.op) in SWAPS:
        text = isinstance(node, ast.BinOp) and isinstance(node.left, ast.Constant) and isinstance(node.left.value, str)
        return [] if text else ["operator"]
    if isinstance(node, ast.BoolOp):
        return ["operator"]
    if isinstance(node, ast.Compare) and type(node.ops[0]) in SWAPS:
        return ["comparison"]
    if isinstance(node, ast.UnaryOp):
        return ["unary"]
    if isinstance(node, ast.IfExp):
        return ["branches"]
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return ["larger"]
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        return ["opposite"]
    return []


def _apply(node: ast.AST, change: str) -> None:
    if change == "operator":
        node.op = SWAPS[type(node.op)]()
    elif change == "comparison":
        node.ops[0] = SWAPS[type(node.ops[0])]()
    elif change == "unary":
        node.op = ast.Not() if isinstance(node.op, ast.Not) else ast.UAdd()
        if isinstance(node.op, ast.Not):
            node.operand = ast.UnaryOp(ast.Not(), node.operand)
    elif change == "branches":
        node.body, node.orelse = node.orelse, node.body
    elif change == "larger":
        node.value = node.value + 1
    else:
        node.value = not node.value
