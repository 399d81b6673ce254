"""Time contestants side by side, whatever they are.

A round lets each contestant run once, in an order that changes from round to round. What is
compared is always the ratio of two times from the same round, so that a change of the machine's
speed between rounds cancels. Tables and pictures show medians and quartiles over the rounds.

Each contestant can have a process of its own (`Worker`), which waits while it isn't its turn: then
neither threads nor freed memory that one leaves behind change the time of another.
"""

import argparse
import contextlib
import gc
import multiprocessing
import os
import platform
import statistics
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"
QUIET = 0.1
"""A round is quiet if other programs took at most this share of the machine's processor time."""
SETTLE = 0.02
"""Seconds of sleep after a contestant's turn, in which its threads calm down."""
BURST = 0.03
"""The least time in seconds that a contestant's turn takes: short calls are repeated."""

Call = Callable[[], Any]
"""What is timed. Its result is thrown away."""


class Turn:
    """A turn of a contestant: one call that is not timed, then as many as fill `BURST`.

    The first turn warms up before, until the calls no longer get faster.
    """

    def __init__(self, call: Call) -> None:
        self.call = call
        self.repeats = 0

    def __call__(self) -> tuple[float, float]:
        """Return the mean time of one call, and the processor time that the turn took."""
        begin = time.process_time()
        if not self.repeats:
            self.warm_up()
        gc.collect()
        self.call()
        gc.disable()
        start = time.perf_counter()
        for _ in range(self.repeats):
            self.call()
        end = time.perf_counter()
        gc.enable()
        time.sleep(SETTLE)
        return (end - start) / self.repeats, time.process_time() - begin

    def warm_up(self) -> None:
        """Call until it no longer gets faster, and count how many calls fill a turn."""
        times: list[float] = []
        while len(times) < 2 or (len(times) < 5 and times[-1] < 0.7 * times[-2]):
            start = time.perf_counter()
            self.call()
            times.append(time.perf_counter() - start)
        self.repeats = max(1, round(BURST / min(times)))


class Worker:
    """A process with one contestant, which does nothing but when it is asked.

    Args:
        make: a function of a module; it returns the contestant's calls by their names.
        threads: the threads that torch may use.
    """

    def __init__(self, make: Callable[..., Mapping[str, Call]], threads: int) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, other = context.Pipe()
        self.process = context.Process(target=_serve, args=(other, make, threads), daemon=True)
        self.process.start()

    def make(self, *arguments: Any) -> None:
        """Make the contestant anew, from other arguments."""
        self._ask("make", *arguments)

    def turn(self, name: str) -> tuple[float, float]:
        """Take a turn with the call `name`; see `Turn`."""
        return self._ask("turn", name)  # type: ignore[no-any-return]

    def close(self) -> None:
        """End the process."""
        self.pipe.close()
        self.process.join()

    def _ask(self, *task: Any) -> Any:
        self.pipe.send(task)
        answer = self.pipe.recv()
        if isinstance(answer, Exception):
            raise answer
        return answer


def _serve(pipe: Any, make: Callable[..., Mapping[str, Call]], threads: int) -> None:
    """Do what a worker is asked for, until the other end of the pipe is closed."""
    import torch

    torch.set_num_threads(threads)
    # From now on the C library keeps freed blocks of up to this size, as it does in any process
    # that has freed a large one. Otherwise it depends on the order of small ones what it keeps.
    torch.empty(31 << 20, dtype=torch.uint8)
    turns: dict[str, Turn] = {}
    while True:
        try:
            task, *arguments = pipe.recv()
        except EOFError:
            return
        answer: Any = None
        try:
            if task == "make":
                turns.clear()
                turns.update({name: Turn(call) for name, call in make(*arguments).items()})
            else:
                answer = turns[arguments[0]]()
        except Exception as error:  # noqa: BLE001  # it is raised again at the other end
            answer = error
        pipe.send(answer)


class Local:
    """The same as `Worker`, in this process."""

    def __init__(self, make: Callable[..., Mapping[str, Call]], threads: int) -> None:
        self._make = make

    def make(self, *arguments: Any) -> None:
        """Make the contestant anew, from other arguments."""
        self.turns = {name: Turn(call) for name, call in self._make(*arguments).items()}

    def turn(self, name: str) -> tuple[float, float]:
        """Take a turn with the call `name`; see `Turn`."""
        return self.turns[name]()

    def close(self) -> None:
        """End nothing."""


@contextlib.contextmanager
def workers(
    names: Iterable[str], make: Callable[..., Mapping[str, Call]], options: argparse.Namespace
) -> Iterator[dict[str, Worker | Local]]:
    """Give each contestant a process of its own, or none in a quick run."""
    kind = Local if options.quick else Worker
    made = {name: kind(make, options.threads) for name in names}
    try:
        yield made
    finally:
        for worker in made.values():
            worker.close()


def measure(
    turns: Mapping[str, Callable[[], tuple[float, float]]], rounds: int, patience: float = 0.0
) -> dict[str, Any]:
    """Let contestants take turns, over some rounds.

    Args:
        turns: for each contestant's name what takes a turn, as `Turn` does.
        rounds: how many rounds are wanted, quiet ones if there is patience for that.
        patience: seconds spent, in all, on waiting for quiet and on rounds that weren't quiet.

    Returns:
        ``seconds``: for each name the time of one call in each round; ``others``: the share of
        the machine's processor time that other programs took in each round; ``load``: the load
        average at the end.
    """
    names = list(turns)
    seconds: dict[str, list[float]] = {name: [] for name in names}
    others: list[float] = []
    for turn in turns.values():  # warm up
        turn()
    wanted = rounds
    while len(others) < wanted:
        patience -= wait_for_quiet(patience)
        busy, own, start = _busy(), 0.0, time.perf_counter()
        for k in range(len(names)):
            name = names[(k + len(others)) % len(names)]
            duration, processor = turns[name]()
            seconds[name].append(float(f"{duration:.4g}"))
            own += processor
        others.append(_share(_busy() - busy - own, time.perf_counter() - start))
        if others[-1] > QUIET and patience > 0:
            wanted += 1
            patience -= time.perf_counter() - start
    return {"seconds": seconds, "others": others, "load": load()}


def wait_for_quiet(patience: float) -> float:
    """Wait until other programs are quiet, or until patience runs out; return how long it took."""
    begin = time.perf_counter()
    while (waited := time.perf_counter() - begin) < patience:
        busy, start = _busy(), time.perf_counter()
        time.sleep(0.3)
        if _share(_busy() - busy, time.perf_counter() - start) <= QUIET:
            break
    return waited


def _busy() -> float:
    """Return the processor seconds that the machine has spent; 0 where that isn't known."""
    try:
        ticks = [int(t) for t in Path("/proc/stat").read_text().split("\n")[0].split()[1:9]]
    except OSError:
        return 0.0
    return (sum(ticks) - ticks[3] - ticks[4]) / os.sysconf("SC_CLK_TCK")


def _share(busy: float, wall: float) -> float:
    """Return processor seconds as a share of what the machine has in some time."""
    return round(max(0.0, busy) / (wall * (os.cpu_count() or 1)), 3)


# --- from times to ratios ------------------------------------------------------------------------


def quartiles(values: Iterable[float]) -> tuple[float, float, float]:
    """Return the lower quartile, the median and the upper quartile."""
    values = list(values)
    if len(values) < 2:
        return (values[0],) * 3
    low, middle, high = statistics.quantiles(values, method="inclusive")
    return low, middle, high


def chosen_rounds(measured: Mapping[str, Any], least: int = 5) -> list[int]:
    """Return the numbers of the quiet rounds, or of all where fewer than `least` were quiet."""
    others = measured["others"]
    quiet = [k for k, share in enumerate(others) if share <= QUIET]
    return quiet if len(quiet) >= least else list(range(len(others)))


def seconds(measured: Mapping[str, Any], name: str) -> tuple[float, float, float]:
    """Return the quartiles of one contestant's time."""
    return quartiles(measured["seconds"][name][k] for k in chosen_rounds(measured))


def ratio(measured: Mapping[str, Any], name: str, base: str) -> tuple[float, float, float]:
    """Return the quartiles of the ratio of two contestants' times, each within a round."""
    top, bottom = measured["seconds"][name], measured["seconds"][base]
    return quartiles(top[k] / bottom[k] for k in chosen_rounds(measured))


# --- where it ran --------------------------------------------------------------------------------


def machine() -> dict[str, Any]:
    """Describe the machine: processor, cores, memory, GPU, threads."""
    import torch

    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        lines = dict(line.split(":", 1) for line in info.read_text().splitlines() if ":" in line)
        fields = {name.strip(): value.strip() for name, value in lines.items()}
        model = fields.get("model name", model)
        if {"cpu family", "model"} <= fields.keys():
            model += f" (family {fields['cpu family']}, model {fields['model']})"
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "processor": model,
        "cores": os.cpu_count(),
        "memory_gib": round(memory, 1),
        "gpu": torch.cuda.get_device_name() if torch.cuda.is_available() else None,
        "system": platform.system(),
        "torch_threads": torch.get_num_threads(),
    }


def kind(device: str) -> str:
    """Return a short name for this kind of machine; results are filed under it."""
    import torch

    if device == "cuda":
        return torch.cuda.get_device_name().lower().replace(" ", "-")
    return f"cpu-{os.cpu_count()}-cores"


def versions() -> dict[str, str]:
    """Return the versions of Python and of all the libraries that take part."""
    names = (
        "snnbook",
        "torch",
        "numba",
        "triton",
        "spikingjelly",
        "snntorch",
        "norse",
        "jax",
        "numpy",
    )
    found = {"python": platform.python_version()}
    for name in names:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    git = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty"]
    with contextlib.suppress(OSError, subprocess.CalledProcessError):
        found["commit"] = subprocess.run(
            git, capture_output=True, text=True, check=True
        ).stdout.strip()
    return found


def load() -> list[float]:
    """Return the load average over 1, 5 and 15 minutes."""
    return [round(value, 2) for value in os.getloadavg()]


# --- the command line ----------------------------------------------------------------------------


def options(
    description: str | None, parts: Sequence[str], arguments: Sequence[str] | None = None
) -> argparse.Namespace:
    """Read the command line that the benchmarks share.

    Args:
        description: a text whose first line says what the command does.
        parts: the names of the parts that can be chosen.
        arguments: the words of the command line; None means the program's own.
    """
    import torch

    parser = argparse.ArgumentParser(description=(description or "").split("\n")[0])
    parser.add_argument("--parts", nargs="+", default=list(parts), choices=parts, metavar="PART",
                        help=f"what to measure: {', '.join(parts)} (default: all)")  # fmt: skip
    parser.add_argument("--rounds", type=int, help="rounds of each measurement (default: 15)")
    parser.add_argument("--patience", type=float, default=0.0, metavar="SECONDS",
                        help="wait for the machine to be quiet, at most so long for each "
                             "measurement (default: 0)")  # fmt: skip
    parser.add_argument("--device", choices=("cpu", "cuda"))
    parser.add_argument("--threads", type=int, help="torch.set_num_threads (default: the cores)")
    parser.add_argument("--ours", action="store_true", help="snnbook only, no other library")
    parser.add_argument("--quick", action="store_true", help="tiny shapes, 2 rounds, no file")
    parser.add_argument("--out", type=Path, help="the JSON file (default: in benchmarks/results)")
    chosen = parser.parse_args(arguments)
    chosen.device = chosen.device or ("cuda" if torch.cuda.is_available() else "cpu")
    chosen.rounds = chosen.rounds or (2 if chosen.quick else 15)
    chosen.threads = chosen.threads or os.cpu_count() or 1
    torch.set_num_threads(chosen.threads)
    if chosen.out is None and not chosen.quick:
        chosen.out = RESULTS / f"{kind(chosen.device)}.json"
    return chosen
