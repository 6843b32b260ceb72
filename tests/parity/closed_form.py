"""The closed-form networks of the sampler files, read from the formula in `config["model"]`."""

import ast
import operator
import re
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

ASSIGNMENT = re.compile(r"\b(tt|yy|eps|v\(x,t,y\)|v|variance channels|channels C\.\.2C-1)\s*=\s*")
VARIANCE = ("variance channels", "channels C..2C-1")
AFTER = re.compile(r"\s*($|[;,])|\s+[(A-Za-z]")
"""What may follow a formula: its end, a separator or a remark. An operator would mean that it was cut short."""
OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
FUNCTIONS = {name: getattr(torch, name) for name in ("sin", "cos", "tanh", "exp", "sqrt", "abs", "sigmoid")}


def evaluate(node: ast.AST, names: Mapping[str, Any]) -> Any:
    """The value of an arithmetic expression over tensors; anything but whitelisted arithmetic is a ValueError."""
    match node:
        case ast.Expression():
            return evaluate(node.body, names)
        case ast.Constant(value=int() | float()):
            return node.value
        case ast.Name() if node.id in names:
            return names[node.id]
        case ast.UnaryOp(op=ast.USub()):
            return -evaluate(node.operand, names)
        case ast.BinOp() if type(node.op) in OPERATORS:
            return OPERATORS[type(node.op)](evaluate(node.left, names), evaluate(node.right, names))
        case ast.Call(func=ast.Name(), args=[argument], keywords=[]) if node.func.id in FUNCTIONS:
            return FUNCTIONS[node.func.id](evaluate(argument, names))
    raise ValueError(f"no arithmetic: {ast.dump(node)[:60]}")


def expression(text: str, names: Mapping[str, Any]) -> ast.Expression:
    """The longest beginning of `text` that is an allowed expression over `names` and ends like one."""
    text = re.sub(r"\bmod\b", "%", text)
    for end in range(len(text), 0, -1):
        if not AFTER.match(text, end):
            continue
        try:
            tree = ast.parse(text[:end].strip(), mode="eval")
            evaluate(tree, names)
        except (SyntaxError, ValueError, TypeError):
            continue
        return tree
    raise ValueError(f"no formula at the start of: {text[:60]}")


class ClosedForm:
    """A network (x, t, y) -> output whose formula is text; it keeps what it was fed.

    `null_label` is the row for "no class" of the file; `fed` lists (x, t, rows) per call.
    """

    def __init__(self, formula: str, null_label: int | None = None) -> None:
        probe: dict[str, Any] = {name: torch.ones(()) for name in ("x", "t", "y")}
        self.null_label, self.fed, self.outputs = null_label, [], []
        self.trees: dict[str, ast.Expression] = {}
        for match in ASSIGNMENT.finditer(formula):
            self.trees[match[1]] = tree = expression(formula[match.end() :], probe)
            probe[match[1]] = evaluate(tree, probe)
        if not self.trees.keys() & {"eps", "v", "v(x,t,y)"}:
            raise ValueError(f"config.model holds no formula for eps or v: {formula}")

    def __call__(self, x: Tensor, t: Tensor, y: Tensor, edit: None = None) -> Tensor:
        """Output rows for float32 x (N, C, H, W), t (N,) and labels y (N,)."""
        self.fed.append((x.cpu().clone(), float(t[0]), len(x)))
        column = (-1, 1, 1, 1)
        names: dict[str, Any] = {"x": x, "t": t.float().view(column), "y": y.float().view(column)}
        for name, tree in self.trees.items():
            names[name] = evaluate(tree, names)
        first = names.get("eps", names.get("v(x,t,y)", names.get("v")))
        second = names.get("v") if "eps" in names else None
        second = next((names[name] for name in VARIANCE if name in names), second)
        output = first if second is None else torch.cat([first, second], dim=1)
        self.outputs.append(output)
        return output

    def times_fed(self) -> list[float]:
        """The time of every call."""
        return [time for _, time, _ in self.fed]
