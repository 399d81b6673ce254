"""The page *Saving, Exporting, Compiling*: its blocks of code run, in order, and do as it says."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from snnbook import neuron

PAGE = Path(__file__).parents[1] / "book" / "saving.md"
BLOCKS = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text("utf-8"), re.M | re.S)

RUN = """
import functools, sys
import torch

page, with_onnx = sys.argv[1], sys.argv[2] == "True"
torch.compile = functools.partial(torch.compile, backend="aot_eager")  # needs no C++ compiler
names = {"__name__": "page"}
line, code = 0, []
for number, text in enumerate(open(page, encoding="utf-8"), 1):
    if text == "```python\\n":
        line, code = number, []
    elif text == "```\\n" and line:
        if with_onnx or "onnx" not in "".join(code):
            exec(compile("\\n" * line + "".join(code), page, "exec"), names)
            print("ran", line)
        line = 0
    else:
        code.append(text)

# What the page doesn't show: the pure form of a layer with a further state.
from snnbook import functional, neuron

for backend in ("torch", "numba"):
    layer, found = neuron.ALIFNode(backend=backend), []
    run = lambda x_seq: functional.run(layer, x_seq)
    for way in (run, torch.compile(run, fullgraph=True)):
        x_seq = torch.linspace(0, 3, 9).reshape(3, 3).requires_grad_()
        s_seq, state = way(x_seq)
        (s_seq.sum() + state["a"].sum()).backward()
        found.append((s_seq, state["v"], state["a"], x_seq.grad))
    for given, wanted in zip(*found, strict=True):
        torch.testing.assert_close(given, wanted)
"""
"""Runs the blocks in one namespace; an error names the line of the page."""


def test_each_block_says_what_holds():
    assert len(BLOCKS) > 15
    for block in BLOCKS:
        assert "assert" in block


def test_the_page_runs(tmp_path):
    """In a process of its own: torch.compile and torch.distributed leave much behind."""
    with_onnx = importlib.util.find_spec("onnxscript") is not None
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(PAGE), str(with_onnx)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(PAGE.parents[1]), *sys.path])},
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    onnx = [block for block in BLOCKS if "onnx" in block]
    assert len(onnx) == 1
    assert done.stdout.count("ran") == len(BLOCKS) - (not with_onnx)
    assert not list(tmp_path.iterdir())  # the page leaves no file behind


def test_data_parallel_is_refused():
    """As `nn.DataParallel` copies a net with a layer in it; it does so on several GPUs only."""
    with pytest.raises(RuntimeError, match=r"LIFNode.*DistributedDataParallel"):
        neuron.LIFNode()._replicate_for_data_parallel()
    assert torch.nn.Linear(1, 1)._replicate_for_data_parallel() is not None  # PyTorch's own hook
