"""Threads, processes and time: the same numbers, no hang, and memory stays where it was."""

import gc
import json
import multiprocessing
import os
import subprocess
import sys
import threading

import pytest
import torch
from torch import nn

from snnbook import functional, reset_net
from snnbook.neuron import LIFNode

BACKENDS = ["torch", "numba"]


def net(backend):
    """A small net with fixed weights; it sees [T, N, 3]."""
    torch.manual_seed(0)
    made = nn.Sequential(nn.Linear(3, 4), LIFNode(step_mode="m"), nn.Linear(4, 2), LIFNode())
    functional.set_step_mode(made, "m")
    functional.set_backend(made, backend)
    return made


def inputs(T=6, N=4):
    return torch.rand(T, N, 3, generator=torch.Generator().manual_seed(1)) * 3


def gradients(backend, x_seq, weight=1.0):
    """Run a fresh net forward and backward: its output and the gradients by its weights."""
    made = net(backend)
    y_seq = made(x_seq)
    (y_seq.mean() * weight).backward()
    return [y_seq.detach(), *(p.grad for p in made.parameters())]


def in_a_process(backend, channel):
    torch.set_num_threads(1)
    channel.put([value.tolist() for value in gradients(backend, inputs())])


@pytest.mark.parametrize("backend", BACKENDS)
def test_threads_give_the_same_numbers(backend):
    wanted, results = gradients(backend, inputs()), [None] * 8
    start = threading.Barrier(8)
    made = [net(backend) for _ in range(8)]  # a seed belongs to the whole process

    def work(index):
        start.wait(timeout=60)
        for _ in range(10):
            reset_net(made[index])
            made[index].zero_grad()
            y_seq = made[index](inputs())
            y_seq.mean().backward()
        results[index] = [y_seq.detach(), *(p.grad for p in made[index].parameters())]

    threads = [threading.Thread(target=work, args=(index,)) for index in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    for result in results:
        for value, right in zip(result, wanted, strict=True):
            assert torch.equal(value, right)


@pytest.mark.parametrize(
    ("method", "backend"),
    [
        ("spawn", "numba"),
        ("forkserver", "torch"),
        pytest.param("spawn", "torch", marks=pytest.mark.sweep),
        pytest.param("forkserver", "numba", marks=pytest.mark.sweep),
    ],
)
def test_a_new_process_gives_the_same_numbers(method, backend):
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"this system has no {method}")
    context = multiprocessing.get_context(method)
    channel = context.Queue()
    process = context.Process(target=in_a_process, args=(backend, channel))
    process.start()
    result = channel.get(timeout=240)
    process.join(timeout=60)
    assert process.exitcode == 0
    for value, right in zip(result, gradients(backend, inputs()), strict=True):
        assert torch.allclose(torch.tensor(value), right)


DISTRIBUTED = """
import json, os, sys
import torch
from torch import distributed
from torch.nn.parallel import DistributedDataParallel
from test_processes import inputs, net, reset_net

torch.set_num_threads(1)
distributed.init_process_group("gloo")
rank = distributed.get_rank()
made = net(sys.argv[1])
both = DistributedDataParallel(made)
for _ in range(2):  # the second step finds no state of the first one
    reset_net(made)
    made.zero_grad()
    both(inputs()[:, rank::2]).mean().backward()
with open(f"{sys.argv[2]}/{rank}.json", "w") as file:
    json.dump([p.grad.tolist() for p in made.parameters()], file)
del both
distributed.destroy_process_group()
# A thread of Gloo may still hold a tensor, and then aborts an interpreter that ends
# (pytorch/pytorch#179291): the numbers are written, so this process leaves without that.
os._exit(0)
"""


@pytest.mark.skipif(not torch.distributed.is_available(), reason="this PyTorch is not distributed")
@pytest.mark.parametrize("backend", BACKENDS)
def test_two_processes_of_torchrun_learn_what_one_does(backend, tmp_path):
    program = tmp_path / "program.py"
    program.write_text(DISTRIBUTED)
    paths = os.pathsep.join([os.path.dirname(__file__), *sys.path])
    done = subprocess.run(
        [
            *(sys.executable, "-m", "torch.distributed.run", "--nproc-per-node=2"),
            *("--standalone", "--local-addr=127.0.0.1", program, backend, tmp_path),
        ],
        env={**os.environ, "PYTHONPATH": paths, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    _, *wanted = gradients(backend, inputs())
    for rank in range(2):
        result = json.loads((tmp_path / f"{rank}.json").read_text())
        for value, right in zip(result, wanted, strict=True):
            assert torch.allclose(torch.tensor(value), right, atol=1e-7)


def alive():
    """Return how many objects and how many bytes of tensors this process keeps."""
    gc.collect()
    objects = gc.get_objects()
    tensors = [o for o in objects if type(o) in (torch.Tensor, nn.Parameter)]
    return len(objects), sum(t.numel() * t.element_size() for t in tensors)


@pytest.mark.parametrize("backend", [pytest.param("torch", marks=pytest.mark.sweep), "numba"])
def test_training_leaves_memory_where_it_was(backend):
    """10,000 steps of training; the state is reset or detached before each."""
    made, x_seq = net(backend), inputs(T=1, N=1)
    optimizer = torch.optim.SGD(made.parameters(), lr=1e-3)

    def train(steps):
        for step in range(steps):
            (reset_net if step % 2 else functional.detach_net)(made)
            optimizer.zero_grad()
            made(x_seq).mean().backward()
            optimizer.step()

    train(20)
    objects, size = alive()
    train(10_000)
    objects_after, size_after = alive()
    assert size_after == size
    assert objects_after - objects < 100, "an object for each hundredth step would be as many"


def test_resets_leave_memory_where_it_was():
    made = net("torch")

    def use(times):
        for _ in range(times):
            made(inputs())
            reset_net(made)

    use(20)
    objects, size = alive()
    use(1_000)
    objects_after, size_after = alive()
    assert size_after == size
    assert objects_after - objects < 100


@pytest.mark.parametrize("keeps", ["objects", "tensors"])
def test_a_leak_is_found(keeps):
    kept = []
    objects, size = alive()
    for _ in range(1_000):
        kept.append([] if keeps == "objects" else torch.zeros(3))
    objects_after, size_after = alive()
    assert (size_after > size) if keeps == "tensors" else (objects_after - objects >= 100)
