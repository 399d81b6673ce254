"""Programs with one small mistake each, made by machine from a right one."""

import ast
import copy

SWAPPED = {
    ast.Add: [ast.Sub],
    ast.Sub: [ast.Add],
    ast.Mult: [ast.Div, ast.Add],
    ast.Div: [ast.Mult],
    ast.FloorDiv: [ast.Div, ast.Mult],
    ast.Pow: [ast.Mult],
    ast.Mod: [ast.FloorDiv],
    ast.GtE: [ast.Gt, ast.Lt],
    ast.Gt: [ast.GtE, ast.Lt],
    ast.LtE: [ast.Lt, ast.Gt],
    ast.Lt: [ast.LtE, ast.Gt],
    ast.Eq: [ast.NotEq],
    ast.NotEq: [ast.Eq],
    ast.And: [ast.Or],
    ast.Or: [ast.And],
}
"""Operators, and what may be written in their place by mistake."""


LINES = ast.Assign | ast.AugAssign | ast.AnnAssign | ast.Expr | ast.Raise | ast.If


def variants(node):
    """Yield what may stand in a node's place by mistake: a word for it, and the new node."""
    if isinstance(node, ast.BinOp | ast.BoolOp):
        for other in SWAPPED.get(type(node.op), []):
            yield f"{type(node.op).__name__} -> {other.__name__}", changed(node, op=other())
    if isinstance(node, ast.BinOp):
        yield "left side only", node.left
        yield "right side only", node.right
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        for other in SWAPPED.get(type(node.ops[0]), []):
            word = f"{type(node.ops[0]).__name__} -> {other.__name__}"
            yield word, changed(node, ops=[other()])
    if isinstance(node, ast.UnaryOp):
        yield "sign dropped", node.operand
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield "the other truth", changed(node, value=not node.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        for value in {node.value + 1, node.value - 1, -node.value} - {node.value}:
            yield f"{node.value} -> {value}", changed(node, value=value)
    if isinstance(node, ast.If | ast.IfExp):
        yield "the other case", changed(node, test=ast.UnaryOp(ast.Not(), node.test))
    if isinstance(node, ast.Call):
        if node.args:
            yield "call dropped", node.args[0]
        if isinstance(node.func, ast.Attribute):
            yield "method dropped", node.func.value
        if len(node.args) > 1:
            yield "arguments exchanged", changed(node, args=[*node.args[1::-1], *node.args[2:]])
        for i in range(len(node.keywords)):
            rest = node.keywords[:i] + node.keywords[i + 1 :]
            yield f"without {node.keywords[i].arg}", changed(node, keywords=rest)
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
        yield "index dropped", node.value
    if isinstance(node, ast.Return):
        yield "return dropped", ast.Expr(node.value)
    elif isinstance(node, LINES) and not is_text(node):
        yield "line dropped", ast.Pass()


def is_text(node):
    """Whether a statement is a text alone, such as a docstring."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def renamed(node, statement):
    """Yield the other arguments of a function in the place of one."""
    functions = [n for n in ast.walk(statement) if isinstance(n, ast.FunctionDef)]
    for function in functions:
        names = [argument.arg for argument in function.args.args if argument.arg != "self"]
        inside = any(node is other for part in function.body for other in ast.walk(part))
        if isinstance(node, ast.Name) and node.id in names and inside:
            for name in names:
                if name != node.id:
                    yield f"{node.id} -> {name}", changed(node, id=name)


def changed(node, **fields):
    """A copy of a node with other fields."""
    new = copy.copy(node)
    for name, value in fields.items():
        setattr(new, name, value)
    return new


class _Put(ast.NodeTransformer):
    """Put one node in another's place."""

    def __init__(self, old, new):
        self.old, self.new = old, new

    def visit(self, node):
        return self.new if node is self.old else super().generic_visit(node)


def mutants(program, names):
    """Yield programs with one mistake in what defines the names, each with a word for it."""
    for _, word, make in placed(program, names):
        yield word, make()


def placed(program, names):
    """Yield the line of each mistake, a word for it, and what makes the program with it."""
    tree = ast.parse(program)
    for statement in tree.body:
        if not defines(statement) & names:
            continue
        nodes = list(ast.walk(statement))
        above = {child: node for node in nodes for child in ast.iter_child_nodes(node)}
        for node in ast.walk(statement):
            if node is statement and not isinstance(node, ast.Assign):
                continue
            for word, new in [*variants(node), *renamed(node, statement)]:
                if node is statement and word == "line dropped":
                    continue

                def make(node=node, new=new):
                    copied = copy.deepcopy((tree, node, new))
                    mutant = _Put(*copied[1:]).visit(copied[0])
                    return ast.unparse(ast.fix_missing_locations(mutant))

                place = above[node] if isinstance(node, ast.Constant | ast.Name) else node
                word_here = f"{word}: {ast.unparse(place).splitlines()[0]}"
                yield getattr(node, "lineno", statement.lineno), word_here, make


def defines(statement):
    """The names that a statement at the top of a program defines."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return {statement.name}
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    return {node.id for t in targets for node in ast.walk(t) if isinstance(node, ast.Name)}
