"""Count the lines of the package that a reader reads in one evening: ``python tools/rooms.py``.

A line of code is one that isn't blank, a comment or part of a docstring. The table goes into
CONTRIBUTING.md, where a test holds it.
"""

import ast
import io
import tokenize
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1] / "snnbook"
CONTRIBUTING = PACKAGE.parent / "CONTRIBUTING.md"
DEEP = {"check", "diagnosis", "interactive", "backends/fused", "backends/numba"}
DEEP |= {"backends/operator", "backends/plan", "backends/program", "backends/trace"}
DEEP |= {"backends/triton"}
"""The rooms that such a reader leaves out."""
BEGIN, END = "<!-- rooms -->\n", "<!-- /rooms -->\n"


def lines_of_code(text: str) -> int:
    """Return how many lines of a file aren't blank, a comment or part of a docstring."""
    silent = {tokenize.NL, tokenize.NEWLINE, tokenize.COMMENT, tokenize.INDENT, tokenize.DEDENT}
    silent.add(tokenize.ENDMARKER)
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in silent:
            lines |= set(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            lines -= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return len(lines)


def rooms() -> dict[str, tuple[int, int]]:
    """Return the rooms that are read in one evening, with their lines of code and all lines."""
    counted = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE).with_suffix("").as_posix()
        if name not in DEEP and name.split("/")[0] not in DEEP:
            text = path.read_text("utf-8")
            counted[name] = lines_of_code(text), len(text.splitlines())
    return counted


def table() -> str:
    """Return the rooms as a table in Markdown, with their sum."""
    counted = rooms()
    rows = [f"| `{name}` | {code} | {all_lines} |" for name, (code, all_lines) in counted.items()]
    code, all_lines = (sum(pair[k] for pair in counted.values()) for k in (0, 1))
    rows.append(f"| together | {code} | {all_lines} |")
    return "\n".join(["| room | lines of code | with docstrings |", "|---|---|---|", *rows]) + "\n"


def main() -> None:
    """Write the table into CONTRIBUTING.md."""
    text = CONTRIBUTING.read_text("utf-8")
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    CONTRIBUTING.write_text(f"{before}{BEGIN}\n{table()}\n{END}{after}", "utf-8")


if __name__ == "__main__":
    main()
