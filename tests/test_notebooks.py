"""The rules that every notebook of the book keeps.

A rule is a function that looks at a notebook and yields its faults; its docstring is the remedy.
Beside each rule stand changes of a good notebook that it must find, so no rule is always content.
"""

import ast
import functools
import itertools
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import nbformat
import opening
import pytest
import yaml
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin

ROOT = Path(__file__).resolve().parents[1]
BOOK = ROOT / "book"
NOTEBOOKS = sorted(BOOK.glob("**/*.ipynb"))

Cell: TypeAlias = dict[str, Any]
Notebook: TypeAlias = dict[str, Any]
Rule: TypeAlias = Callable[[Notebook], Iterator[str]]

# ------------------------------------------------------------------ a good notebook, and bad ones

KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
LANGUAGE = {"name": "python"}


def markdown(name: str, text: str) -> Cell:
    """A Markdown cell."""
    return {"cell_type": "markdown", "id": name, "metadata": {}, "source": text}


def code(name: str, text: str, **metadata: Any) -> Cell:
    """A code cell that has not been run."""
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": name,
        "metadata": metadata,
        "outputs": [],
        "source": text,
    }


FIGURE = {
    "figure": {
        "name": "fig-good",
        "caption": "The potential rises until it reaches its threshold.",
    },
    "image": {"alt": "A line that rises from zero to one over fifty steps."},
}

GOALS = {
    "goals": [
        {"goal": "see", "section": "see", "exercises": ["exercise-try"]},
        {"goal": "run", "section": "see", "exercises": ["exercise-try"]},
    ]
}

GOOD: Notebook = {
    "cells": [
        markdown("title", "# Good\n\nA claim with $v < 1$ and `a < b`."),
        markdown("goals", "After it you can\n\n- **see** a figure;\n- **run** it.")
        | {"metadata": GOALS},
        code("install", "\n".join(f"line_{i} = {i}" for i in range(20)), tags=["remove-cell"]),
        code("device", "import torch\n\ndevice = torch.device('cpu')\ntorch.manual_seed(0)"),
        markdown(
            "see", "## See\n\nA {term}`membrane potential` [^1] <https://doi.org/1>.\n\n[^1]: So."
        ),
        code("plot", "def draw(ax):\n    ax.plot([0, 1])\n\n\ndraw(plt.gca())", mystnb=FIGURE),
        markdown(
            "exercise-try", "### Try\n\n<details>\n<summary>Hint</summary>\n\nThink.\n\n</details>"
        ),
        markdown("note", ":::{note}\nA note with a [link](reset.ipynb).\n:::"),
        code("check", "x = torch.rand(2, device=device)\nassert x.device.type == device.type"),
    ],
    "metadata": {"kernelspec": KERNEL, "language_info": LANGUAGE},
    "nbformat": 4,
    "nbformat_minor": 5,
}


def plus(*cells: Cell) -> Notebook:
    """The good notebook with more cells at its end."""
    return GOOD | {"cells": GOOD["cells"] + list(cells)}


def less(name: str) -> Notebook:
    """The good notebook without one cell."""
    return GOOD | {"cells": [cell for cell in GOOD["cells"] if cell["id"] != name]}


def but(name: str, **changes: Any) -> Notebook:
    """The good notebook with one cell changed."""
    cells = [cell | changes if cell["id"] == name else cell for cell in GOOD["cells"]]
    return GOOD | {"cells": cells}


RULES: dict[Rule, tuple[Notebook, ...]] = {}


def rule(*bad: Notebook) -> Callable[[Rule], Rule]:
    """Register a rule with notebooks in which it must find a fault."""

    def register(function: Rule) -> Rule:
        RULES[function] = bad
        return function

    return register


# ------------------------------------------------------------------------------- reading notebooks


def source(cell: Cell) -> str:
    """A cell's text."""
    return "".join(cell["source"])


def cells(notebook: Notebook, kind: str) -> Iterator[Cell]:
    """The cells of one kind, without the install cell, which a tool writes."""
    for cell in notebook["cells"]:
        if cell["cell_type"] == kind and cell.get("id") != "install":
            yield cell


def programs(notebook: Notebook) -> Iterator[tuple[str, ast.Module]]:
    """Every code cell's id and syntax tree."""
    for cell in cells(notebook, "code"):
        yield cell["id"], ast.parse(source(cell))


def nodes(notebook: Notebook, *kinds: type) -> Iterator[tuple[str, Any]]:
    """The syntax nodes of these kinds with their cells' ids, as they stand in the notebook."""
    for name, tree in programs(notebook):
        found = [node for node in ast.walk(tree) if isinstance(node, kinds)]
        for node in sorted(found, key=lambda node: (node.lineno, node.col_offset)):
            yield name, node


def prose(notebook: Notebook) -> Iterator[tuple[str, Any]]:
    """The Markdown cells' ids and tokens; text within a paragraph gives tokens of its own."""
    parser = MarkdownIt("commonmark").enable("table").use(dollarmath_plugin, double_inline=True)
    for cell in cells(notebook, "markdown"):
        for token in parser.parse(source(cell)):
            yield cell["id"], token
            yield from ((cell["id"], child) for child in token.children or [])


# --------------------------------------------------------------------------------------- the rules


@rule(GOOD | {"nbformat_minor": 4}, but("check", source=3), GOOD | {"metadata": []})
def the_file_is_nbformat_4_5(notebook):
    """Save it in Jupyter, or write it with nbformat.write."""
    if (notebook["nbformat"], notebook["nbformat_minor"]) != (4, 5):
        yield "is not of nbformat 4.5"
    for fault in nbformat.validator.iter_validate(notebook):
        yield f"is no valid notebook: {fault.message}"


@rule(
    GOOD | {"metadata": {"kernelspec": KERNEL | {"name": "snnbook-gpu"}}},
    GOOD | {"metadata": {"kernelspec": KERNEL, "language_info": LANGUAGE | {"version": "3.12"}}},
    GOOD | {"metadata": {"kernelspec": KERNEL, "execution": {"allow_errors": True}}},
    GOOD | {"metadata": {"kernelspec": KERNEL, "mystnb": {"execution_mode": "off"}}},
    GOOD | {"metadata": {}},
)
def the_metadata_is_neutral(notebook):
    """Keep no other metadata than {"kernelspec": KERNEL, "language_info": LANGUAGE}; the values are
    above. After Jupyter: `nbstripout --keep-id --extra-keys metadata.language_info FILE`."""
    allowed = {"kernelspec": KERNEL, "language_info": LANGUAGE}
    if {"language_info": LANGUAGE} | notebook["metadata"] != allowed:
        yield f"has the metadata {notebook['metadata']}"


@rule(
    but("check", outputs=[{"output_type": "stream", "name": "stdout", "text": "1"}]),
    but("check", execution_count=1),
)
def outputs_are_stripped(notebook):
    """Run `nbstripout --keep-id FILE`."""
    for cell in notebook["cells"]:
        if cell.get("outputs") or cell.get("execution_count") is not None:
            yield f"cell {cell['id']} has outputs or an execution count"


@rule(
    but("check", id="title"),
    but("check", id="1f0c9d3e"),
    but("check", id="Cell 1"),
    but("check", id=""),
)
def ids_are_words(notebook):
    """Give each cell an id of its own, in small words joined by hyphens: "see-rates"."""
    seen = set()
    for number, cell in enumerate(notebook["cells"]):
        name = cell.get("id", "")
        if name in seen:
            yield f"cell {name} (number {number}) has the id of another cell"
        seen.add(name)
        if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name):
            yield f"cell number {number} has the id {name!r}"
        if re.match(r"(?=\w*\d)[0-9a-f]{8}(-|$)", name):
            yield f"cell {name} (number {number}) has a random id"


@rule(
    plus(code("skipped", "1", tags=["skip-execution"])),
    plus(code("mocked", "1", nbmake={"mock": {"x": 1}})),
)
def nothing_is_skipped(notebook):
    """Let every cell run; a cell that fails on purpose has the tag raises-exception."""
    for cell in notebook["cells"]:
        if "skip-execution" in cell["metadata"].get("tags", []):
            yield f"cell {cell['id']} has the tag skip-execution"
        if "nbmake" in cell["metadata"]:
            yield f"cell {cell['id']} is changed when it is tested"


@rule(plus(code("magic", "%matplotlib inline")), plus(code("shell", "!ls")))
def code_is_plain_python(notebook):
    """Write Python without magics and shell commands: it must run anywhere."""
    for cell in cells(notebook, "code"):
        try:
            ast.parse(source(cell))
        except SyntaxError as fault:
            yield f"cell {cell['id']} is not plain Python: {fault}"


@rule(plus(code("long", "\n".join(f"print({i})" for i in range(11)))))
def cells_are_short(notebook):
    """Split the cell: ten lines of code at most; blank lines and comments are free."""
    for cell in cells(notebook, "code"):
        lines = [line.strip() for line in source(cell).splitlines()]
        count = sum(1 for line in lines if line and not line.startswith("#"))
        if count > 10:
            yield f"cell {cell['id']} has {count} lines of code"


RANDOM = {
    "torch.manual_seed": re.compile(
        r"torch\.(rand|randn|randint|rand_like|randn_like|randint_like|randperm|normal"
        r"|bernoulli|poisson|multinomial)"
        r"|.*\.(bernoulli_?|uniform_|normal_|exponential_|random_|multinomial)"
        r"|(torch\.)?nn\.(Linear|Bilinear|Conv\w+|Embedding|RNN|LSTM|GRU|Multihead\w+|Transf\w+)"
        r"|(torch\.)?nn\.(init\.(xavier|kaiming|uniform|normal|trunc|orthogonal|sparse)\w*|Drop\w+)"
        r"|(.*\.)?(dropout\w*|random_split|DataLoader|Poisson\w*)"
    ),
    "np.random.seed": re.compile(r"(np|numpy)\.random\.(?!default_rng|seed|Generator)\w+"),
    "random.seed": re.compile(r"random\.(?!seed|Random)\w+"),
}


@rule(
    less("device"),
    plus(code("numpy", "import numpy as np\n\nx = np.random.rand(2)")),
    plus(code("generator", "import numpy as np\n\nrng = np.random.default_rng()")),
    plus(code("python", "import random\n\nrandom.random()\nrandom.seed(0)")),
    but("device", source="layer = nn.Linear(2, 3)\ntorch.manual_seed(0)"),
)
def randomness_is_seeded(notebook):
    """Seed first: torch.manual_seed(…), np.random.default_rng(…) or a generator with a seed."""
    seeds = set()
    for name, call in nodes(notebook, ast.Call):
        function = ast.unparse(call.func)
        seeds.add(function)
        if re.fullmatch(r"(np|numpy)\.random\.default_rng|random\.Random", function):
            if not call.args and not call.keywords:
                yield f"cell {name} makes a generator without a seed"
        elif "generator" not in [keyword.arg for keyword in call.keywords]:
            for seed, pattern in RANDOM.items():
                if pattern.fullmatch(function) and seed not in seeds:
                    yield f"cell {name} calls {function} before {seed}"


def outside_functions(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes that run with the cell: none in the body of a function."""
    yield node
    if not isinstance(node, ast.FunctionDef | ast.Lambda):
        for child in ast.iter_child_nodes(node):
            yield from outside_functions(child)


LIVE = "explorer|learner"


def draws(node: ast.AST, drawers: set[str]) -> bool:
    """Whether this is a call that draws, or a figure shown by its name at the end of a cell."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Name):
        return re.fullmatch(rf"fig(ure)?(_\w+|\d+)?|{LIVE}", node.value.id) is not None
    if not isinstance(node, ast.Call):
        return False
    function = ast.unparse(node.func)
    name = function.rsplit(".", 1)[-1]
    if name.startswith("plot_") or function in drawers:
        return True
    on_axes = re.match(r"(plt|fig(ure)?|ax(es|s)?)(_\w+|\d+)?(\[.*\])?\.", function)
    harmless = name.startswith("get_") or re.match(r"plt\.(close|rc|rcParams|style)\b", function)
    return on_axes is not None and not harmless


def figure_cells(notebook: Notebook) -> Iterator[Cell]:
    """The cells that show a figure: drawn by a call, or by a function defined above that draws."""
    drawers: set[str] = set()
    for cell in cells(notebook, "code"):
        tree = ast.parse(source(cell))
        for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
            if any(draws(n, drawers) for line in function.body for n in outside_functions(line)):
                drawers.add(function.name)
        metadata = cell["metadata"].get("mystnb", {})
        if "figure" in metadata or any(draws(node, drawers) for node in outside_functions(tree)):
            yield cell


def words(text: str) -> int:
    """The number of words."""
    return len(text.split())


@rule(
    but("plot", metadata={}),
    but("plot", metadata={"mystnb": {"figure": FIGURE["figure"]}}),
    but("plot", metadata={"mystnb": {"image": FIGURE["image"]}}),
    but("plot", metadata={"mystnb": FIGURE | {"image": {"alt": "A line"}}}),
    but("plot", metadata={"mystnb": FIGURE | {"image": {"alt": FIGURE["figure"]["caption"]}}}),
    but("plot", metadata={"mystnb": FIGURE | {"figure": FIGURE["figure"] | {"name": "Good"}}}),
    plus(code("direct", "visualizing.plot_2d_heatmap(v, 'V', 'x', 'y')")),
    plus(code("axes", "axes[0].step(t, v)")),
    plus(code("again", "draw(ax)")),
    plus(code("shown", "fig")),
    plus(code("live", "explorer")),
)
def figures_are_described(notebook):
    """Give the cell the metadata {"mystnb": {"figure": {"name": "fig-…", "caption": "the finding"},
    "image": {"alt": "what there is to see"}}}; at least five words each, and not the same ones.
    A live figure says by itself what there is to see."""
    for cell in figure_cells(notebook):
        metadata = cell["metadata"].get("mystnb", {})
        figure = metadata.get("figure", {})
        caption = figure.get("caption", "")
        alt = metadata.get("image", {}).get("alt", "")
        if words(caption) < 5:
            yield f"cell {cell['id']} draws a figure without a caption that says what it shows"
        live = re.search(rf"^({LIVE})$", source(cell), re.MULTILINE)
        if words(alt) < 5 and not live:
            yield f"cell {cell['id']} draws a figure without alt text"
        elif alt == caption:
            yield f"cell {cell['id']} has its caption as alt text"
        if not re.fullmatch(r"fig(-[a-z0-9]+)+", figure.get("name", "")):
            yield f"cell {cell['id']} draws a figure without a name like fig-rates"


@rule(
    plus(code("unused", "def forgotten():\n    return 1")),
    plus(code("recursive", "def forgotten(n):\n    return forgotten(n - 1)")),
    plus(code("class", "class Forgotten:\n    def method(self):\n        return self")),
)
def definitions_are_used(notebook):
    """Use the function or the class in this notebook, or leave it out."""
    everything = [(name, node) for name, tree in programs(notebook) for node in ast.walk(tree)]
    classes = [node for _, node in everything if isinstance(node, ast.ClassDef)]
    methods = {method for owner in classes for method in owner.body}
    for name, node in everything:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node not in methods:
            own = set(ast.walk(node))
            uses = {n.id for _, n in everything if isinstance(n, ast.Name) and n not in own}
            if node.name not in uses:
                yield f"cell {name} defines {node.name}, which nothing in this notebook uses"


@rule(
    less("check"),
    but("check", source="x.device.type == device.type"),
    but("check", source="assert x.device.type == 'cpu'"),
)
def the_device_is_asserted(notebook):
    """Assert where the results lie: `assert s_seq.device.type == device.type`."""
    asserted = re.compile(r"\.device\.type == device\.type|\bdevice\.type == .+\.device\.type")
    if not any(asserted.search(ast.unparse(node)) for _, node in nodes(notebook, ast.Assert)):
        yield "does not assert on which device its results lie"


@rule(
    less("title"),
    plus(markdown("second", "# Another title")),
    plus(markdown("jump", "## A section\n\n#### Too deep")),
    but("title", source="A claim before the title\n\n# Good"),
)
def headings_are_in_order(notebook):
    """Begin with the one `# Title`, and go down one level at a time."""
    first = notebook["cells"][0]
    if first["cell_type"] != "markdown" or not source(first).startswith("# "):
        yield "does not begin with its title"
    above = 0
    for name, token in prose(notebook):
        if token.type == "heading_open":
            level = int(token.tag[1])
            if level == 1 and above:
                yield f"cell {name} has a second title"
            if level > above + 1:
                yield f"cell {name} has a heading of level {level} below one of level {above}"
            above = level


@rule(
    plus(markdown("picture", "![A page](page.png)")),
    plus(markdown("html", "A <b>bold</b> word")),
    plus(markdown("block", "<div>\n\nText\n\n</div>")),
    plus(markdown("script", "<details>\n<img src='page.png'>\n</details>")),
    plus(markdown("comment", "<!-- a note -->")),
)
def text_has_no_pictures_and_no_html(notebook):
    """Draw the figure in a code cell. Of HTML, only <details> and <summary> work everywhere.

    What tells a page where to show a figure is a comment, and no notebook shows it.
    """
    for name, token in prose(notebook):
        if token.type == "image":
            yield f"cell {name} has a picture in its text"
        if token.type in ("html_block", "html_inline"):
            seen = opening.PLACE.sub("", token.content)
            tags = set(re.findall(r"</?([\w!-]+)", seen)) - {"details", "summary"}
            if tags:
                yield f"cell {name} has the HTML {sorted(tags)}"


ROLES = {"term", "cite:p", "cite:t", "numref", "eq"}
DIRECTIVES = {"note", "tip", "warning", "exercise"}


@rule(
    plus(markdown("role", "A {doc}`reset` link")),
    plus(markdown("fence", "```{note}\nColab shows this as code.\n```")),
    plus(markdown("colons", ":::{figure} page.png\n:::")),
    plus(markdown("target", "(a-place)=\nText")),
    plus(markdown("break", "Text\n\n+++\n\nText")),
    plus(markdown("comment", "% Colab shows this")),
)
def text_is_readable_in_colab(notebook):
    """Write plain Markdown, since Colab shows MyST as it is typed. Allowed are the roles in ROLES
    and, between colons (:::{note}), the directives in DIRECTIVES."""
    for name, token in prose(notebook):
        if token.type == "fence" and token.info.startswith("{"):
            yield f"cell {name} has the directive {token.info} in a fence of backticks"
        if token.type == "inline":
            for first, second in itertools.pairwise(token.children):
                role = re.search(r"\{([\w:-]+)\}$", first.content)
                if role and second.type == "code_inline" and role[1] not in ROLES:
                    yield f"cell {name} has the role {role[1]}"
            for directive in re.findall(r"^\s*:{3,}\{?([\w-]+)", token.content, re.MULTILINE):
                if directive not in DIRECTIVES:
                    yield f"cell {name} has the directive {directive}"
            if re.search(r"^(\(.+\)=\s*$|\+\+\+|% )", token.content, re.MULTILINE):
                yield f"cell {name} has a MyST target, block break or comment"


@rule(
    less("goals"),
    less("exercise-try"),
    but("goals", metadata={}),
    but("goals", source="After it you can\n\n- **run** it;\n- **see** a figure."),
    but("goals", source="After it you can\n\n- **see** a figure."),
    but("goals", metadata={"goals": [GOALS["goals"][0], GOALS["goals"][1] | {"exercises": []}]}),
    but("goals", metadata={"goals": [GOALS["goals"][0] | {"section": "plot"}, GOALS["goals"][1]]}),
    plus(markdown("exercise-more", "### Without a goal")),
)
def goals_are_reached(notebook):
    """Give the cell "goals" the metadata {"goals": [{"goal": its verb, "section": the id of the
    Markdown cell that begins its section, "exercises": the ids of those that reach it}, …]}."""
    texts = {cell["id"]: source(cell) for cell in cells(notebook, "markdown")}
    (stored,) = [cell["metadata"] for cell in notebook["cells"] if cell["id"] == "goals"] or [{}]
    goals = stored.get("goals", [])
    verbs = re.findall(r"^- \*\*(\w+)\*\*", texts.get("goals", ""), re.MULTILINE)
    if not verbs or [goal["goal"] for goal in goals] != verbs:
        yield f"has the goals {verbs}, and metadata for {[goal['goal'] for goal in goals]}"
    for goal in goals:
        if not re.search(r"^##", texts.get(goal["section"], ""), re.MULTILINE):
            yield f"has no section {goal['section']}, which should lead to {goal['goal']}"
        if not goal["exercises"]:
            yield f"has no exercise for the goal {goal['goal']}"
    there = {name for name in texts if name.startswith("exercise-")}
    named = {name for goal in goals for name in goal["exercises"]}
    for name in sorted(there ^ named):
        yield f"names or has the exercise {name}, and not both"


# --------------------------------------------------------------------------------------- the tests


@functools.cache
def read(path: Path) -> Notebook:
    """A notebook as it is stored."""
    return json.loads(path.read_text("utf-8"))


def test_there_are_notebooks():
    assert NOTEBOOKS, "the folder book/ has no notebooks"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook(path, rule):
    faults = [f"{path.relative_to(ROOT)}: {fault}" for fault in rule(read(path))]
    assert not faults, "\n".join([*faults, f"Remedy: {rule.__doc__}"])


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_rule_finds_faults_and_only_faults(rule):
    assert list(rule(GOOD)) == []
    assert RULES[rule]
    for number, bad in enumerate(RULES[rule]):
        assert list(rule(bad)), f"bad notebook number {number} passes"


def ruff(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run ruff with this repository's settings."""
    command = [sys.executable, "-m", "ruff", *arguments, "--config", ROOT / "pyproject.toml"]
    return subprocess.run(command, capture_output=True, text=True)


@pytest.mark.parametrize("action", [["check"], ["format", "--check"]], ids=" ".join)
def test_ruff(action, tmp_path):
    done = ruff(*action, "--no-cache", BOOK)
    assert done.returncode == 0, f"{done.stdout}\nRemedy: `ruff check --fix book; ruff format book`"
    bad = tmp_path / "bad.ipynb"
    bad.write_text(json.dumps(plus(code("bad", "import os\nx = 'a'\n\n\n\n\n"))), "utf-8")
    assert ruff(*action, "--no-cache", bad).returncode == 1, "ruff does not read notebooks"


def listed_pages(toc: Any) -> list[str]:
    """The pages that a table of contents names, at any depth."""
    if isinstance(toc, list):
        return [page for entry in toc for page in listed_pages(entry)]
    if isinstance(toc, dict):
        own = [toc[key] for key in ("root", "file") if key in toc]
        return own + [page for value in toc.values() for page in listed_pages(value)]
    return []


def toc_faults(toc: Any, pages: list[str]) -> Iterator[str]:
    """Pages that are listed but missing, there but not listed, or listed twice."""
    listed = listed_pages(toc)
    for page in sorted({page for page in listed if listed.count(page) > 1}):
        yield f"_toc.yml lists {page} twice"
    for page in sorted(set(listed) - set(pages)):
        yield f"_toc.yml lists {page}, which does not exist"
    for page in sorted(set(pages) - set(listed)):
        yield f"{page} is not in _toc.yml"


def test_table_of_contents_equals_the_files():
    hidden = re.compile(r"[._]")
    files = [path.relative_to(ROOT) for path in BOOK.rglob("*") if path.suffix in (".ipynb", ".md")]
    pages = [path for path in files if not any(map(hidden.match, path.parts))]
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))
    faults = list(toc_faults(toc, [path.with_suffix("").as_posix() for path in pages]))
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("pages", [["a"], ["a", "b", "c", "d"], ["a", "b", "c", "e"]])
def test_table_of_contents_faults_are_found(pages):
    toc = {"root": "a", "parts": [{"caption": "x", "chapters": [{"file": "b"}, {"file": "c"}]}]}
    assert list(toc_faults(toc, ["a", "b", "c"])) == []
    assert list(toc_faults(toc, pages))
    assert list(toc_faults([toc, {"file": "b"}], ["a", "b", "c"])) == ["_toc.yml lists b twice"]
