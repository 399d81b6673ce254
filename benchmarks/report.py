"""Tables and a picture of the results: ``python -m benchmarks.report results/FILE.json``."""

import json
import statistics
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from . import harness

RIVALS = ("SpikingJelly", "SpikingJelly, unbind")
EPOCHS = {
    "epoch, T = 8": "at least 2.5",
    "epoch, T = 32": "at least 2.5",
    "epoch, T = 64": "at least 4",
}
"""How many times as long as ours SpikingJelly is to take."""
NOTES = {
    "snnTorch": "is given x / 2 instead of x, since it has no time constant for the input",
    "Norse": "has no ATan surrogate and uses SuperSpike, so its gradient differs",
    "SpikingJelly": "LIFNode in step mode 'm', which has a backward pass written by hand",
    "SpikingJelly, unbind": "LIFNode in step mode 's', called in a loop over x_seq.unbind()",
    "SpikingJelly, simple": "SimpleLIFNode in step mode 'm', differentiated by autograd",
    "JAX scan": "jax.lax.scan with a Θ of our own, compiled by jax.jit as a whole",
    "clone": "x.clone(): one read and one write of the input's size, not a layer",
}


def opened(path: Path | None) -> dict[str, Any]:
    """Return the results in a file, to be added to; none if there is no file yet."""
    if path is None or not path.exists():
        return {}
    results: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return results


def saved(results: dict[str, Any], path: Path | None) -> dict[str, Any]:
    """Write the results as JSON and Markdown, or print the latter if there is no path."""
    results["machine"], results["versions"] = harness.machine(), harness.versions()
    if path is None:
        print(markdown(results))
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", "utf-8")
        path.with_suffix(".md").write_text(markdown(results), "utf-8")
        print("wrote", path, "and", path.with_suffix(".md"))
    return results


# --- Markdown ------------------------------------------------------------------------------------


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table; all columns but the first are aligned to the right."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def time(seconds: float) -> str:
    """Return a time with its unit, to three digits."""
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-6:.3g} µs"


def spread(values: Sequence[float], digits: int = 3) -> str:
    """Return a median with its quartiles."""
    low, middle, high = (f"{value:.{digits}g}" for value in values)
    return f"{middle} ({low} to {high})"


def base(names: Iterable[str]) -> str:
    """Return the contestant that the others are compared with: our fastest."""
    names = list(names)
    ours = ("snnbook triton", "snnbook numba", "snnbook torch")
    return next((name for name in ours if name in names), names[0])


def timing(entries: Mapping[str, Any], work: str) -> str:
    """Return a table of times and ratios: a row for each contestant, a column for each shape."""
    first = next(iter(entries.values()))[work]["seconds"]
    names, own = list(first), base(first)
    rows = []
    for name in names:
        row = [f"**{name}**" if name == own else name]
        for entry in entries.values():
            median = time(harness.seconds(entry[work], name)[1])
            ratio = spread(harness.ratio(entry[work], name, own), 2)
            row.append(median if name == own else f"{median} × {ratio}")
        rows.append(row)
    quiet = ["*quiet rounds*"]
    for entry in entries.values():
        others = entry[work]["others"]
        quiet.append(f"{sum(s <= harness.QUIET for s in others)} of {len(others)}")
    return table(["", *entries], [*rows, quiet])


def frames_page(results: Mapping[str, Any]) -> str:
    """Return the results of `benchmarks.figures` as a page."""
    rows = []
    for name, times in results["frames"].items():
        times = sorted(times)
        middle, late = times[len(times) // 2], times[int(0.95 * len(times))]
        rows.append([name, time(middle), time(late), "yes" if middle < 0.016 else "no"])
    machine, count = results["machine"], len(times)
    head = ["figure", "a frame, median", "95 % of them below", "median below 16 ms"]
    slow = []
    for name, pair in results["pages"].items():
        quick, slower = map(statistics.median, pair)
        slow.append([name, time(quick), time(slower), "yes" if slower < 0.05 else "no"])
    where = ["page, figure: what moves", "a frame, median", "6 times slower", "below 50 ms"]
    return (
        "# Frames of the figures with sliders\n\n"
        f"{machine['processor']}, {machine['cores']} cores. Chromium {results['browser']}, "
        f"headless, {count} frames for each figure, 1280 px wide.\n\n"
        f"{table(head, rows)}\n\n"
        "## In the built pages\n\n"
        "Each slider where it stands, and a stroke of a pen, 390 px wide; the second time with the "
        "main thread slowed down six times. The page around has a share in it: it is laid out and "
        "painted too.\n\n"
        f"{table(where, slow)}\n"
    )


def digits_page(results: Mapping[str, Any]) -> str:
    """Return the results of `benchmarks.digits` as a page."""
    tried = [
        [name, share(folds), f"{100 * min(folds):.2f}"]
        for name, folds in results["candidates"].items()
    ]
    rows = []
    for name, runs in results["digits"].items():
        right, seconds = ([run[key] for run in runs] for key in ("right", "seconds"))
        spikes = statistics.fmean(run["spikes"] for run in runs)
        rows.append(
            [
                name,
                share(right),
                f"{100 * min(right):.2f}",
                f"{statistics.fmean(seconds):.1f} s",
                f"{spikes:.0f}",
            ]
        )
    machine, versions = results["machine"], results["versions"]
    head = ["network", "right on the test, %", "least", "training", "spikes a picture"]
    return (
        "# Handwritten digits\n\n"
        f"{machine['processor']}, {machine['cores']} cores, one torch thread; "
        f"{', '.join(f'{name} {version}' for name, version in versions.items())}. Times are the "
        "processor's.\n\n"
        f"{table(head, rows)}\n\n"
        f"Means and deviations over {len(runs)} seeds. One picture of the test is 0.28 %. "
        "The recipes were chosen by five-fold cross-validation within the other pictures:\n\n"
        f"{table(['candidate', 'right in cross-validation, %', 'least fold'], tried)}\n"
    )


def share(values: Sequence[float]) -> str:
    """Return the mean and the standard deviation of shares, in per cent."""
    return f"{100 * statistics.fmean(values):.2f} ± {100 * statistics.pstdev(values):.2f}"


def markdown(results: Mapping[str, Any]) -> str:
    """Return the results as a page."""
    if "frames" in results:
        return frames_page(results)
    if "digits" in results:
        return digits_page(results)
    machine, versions = results["machine"], results["versions"]
    gpu = f", {machine['gpu']}" if machine["gpu"] else ""
    parts = [
        "# Results",
        f"{machine['processor']}, {machine['cores']} cores, {machine['memory_gib']} GiB{gpu}, "
        f"{machine['system']}; {machine['torch_threads']} torch threads. "
        + ", ".join(f"{name} {version}" for name, version in versions.items())
        + ".",
        "Times are medians over the rounds. A number after × is how many times as long as the "
        "contestant in bold it took: the median of the ratios within each round, and their "
        "quartiles. Rounds in which other programs took more than "
        f"{harness.QUIET:.0%} of the processor are left out where five quiet ones remain.",
    ]
    if "speed" in results:
        entries = results["speed"]
        parts += ["## Forward", timing(entries, "forward")]
        parts += ["## Forward and backward", timing(entries, "training")]
        parts += ["Contestants:", "\n".join(notes(entries))]
    if "memory" in results:
        parts += [
            "## Memory of forward and backward",
            "The peak beyond the spikes and the gradient of the input, in sizes of the input. "
            "*Allocated* is exact for what PyTorch allocates; *resident* is the growth of the "
            "process, whoever allocates.",
            memory_table(results["memory"]),
        ]
    for letter, entries in results.get("growth", {}).items():
        parts += [f"## Forward and backward as {letter} grows", growth_table(entries)]
    if "start" in results:
        parts += ["## Starting", start_table(results["start"])]
    for title, entry in results.get("networks", {}).items():
        parts += [
            f"## Training a network on {entry['pictures']:,} pictures: {title}, "
            f"batches {entry['shape']}",
            timing({"once through the pictures": entry}, "training"),
        ]
    if rows := list(targets(results)):
        head = ["Target, in the same run", "wanted", "measured", "met"]
        parts += ["## Targets", table(head, rows)]
    return "\n\n".join(parts) + "\n"


def notes(entries: Mapping[str, Any]) -> list[str]:
    """Return for each contestant what it is, and how it agrees with the reference."""
    names = next(iter(entries.values()))["forward"]["seconds"]
    lines = []
    for name in names:
        text = [NOTES[name]] if name in NOTES else []
        if name != "clone":
            found = [entry["agreement"][name] for entry in entries.values()]
            different, of = sum(f["spikes"] for f in found), sum(f["of"] for f in found)
            gradient = max(f["gradient"] for f in found)
            text.append(
                f"spikes {'equal' if not different else f'differ in {different} of {of}'}, "
                f"gradient within {gradient:.0e} of the reference's"
            )
        lines.append(f"- {name}: {'; '.join(text)}.")
    return lines


def memory_table(entries: Mapping[str, Any]) -> str:
    """Return a table of the peaks."""
    head = ["", *(f"{shape}, {kind}" for shape in entries for kind in ("allocated", "resident"))]
    rows = []
    for name in next(iter(entries.values())):
        row = [name]
        for entry in entries.values():
            for kind in ("allocated", "resident"):
                value = entry[name].get(kind)
                row.append("–" if value is None else f"{max(0.0, value):.2f}")
        rows.append(row)
    return table(head, rows)


def growth_table(entries: Mapping[str, Any]) -> str:
    """Return a table of times, and how they grow from each shape to the next."""
    names = next(iter(entries.values()))["training"]["seconds"]
    rows = []
    for name in names:
        row, before = [name], None
        for entry in entries.values():
            now = harness.seconds(entry["training"], name)[1]
            row.append(time(now) + (f" (× {now / before:.3g})" if before else ""))
            before = now
        rows.append(row)
    return table(["", *entries], rows)


def start_table(entry: Mapping[str, Any]) -> str:
    """Return a table of the times to start."""
    imports, calls = entry["import"], entry["first call"]
    rows = []
    for name in imports["seconds"]:
        took = time(harness.seconds(imports, name)[1])
        if name != "torch":
            took += f" × {spread(harness.ratio(imports, name, 'torch'))}"
        rows.append([f"import {name}", took])
    for name in calls["seconds"]:
        rows.append([f"first forward and backward, {name}", time(harness.seconds(calls, name)[1])])
    return table(["", "time"], rows)


def targets(results: Mapping[str, Any]) -> Iterable[list[str]]:
    """Yield the rows of the table of targets, as far as they were measured (CPU only)."""
    speed = results.get("speed", {})
    own = "snnbook numba"

    def judged(title: str, entry: Any, top: str, bottom: str, wanted: str) -> list[str]:
        values = harness.ratio(entry, top, bottom)
        bound = float(wanted.split()[-1])
        met = values[1] >= bound if wanted.startswith("at least") else values[1] <= bound
        return [title, wanted, spread(values), "yes" if met else "no"]

    def row(title: str, work: str, shape: str, top: str, bottom: str, wanted: str) -> list[str]:
        return judged(f"{shape}: {title}", speed[shape][work], top, bottom, wanted)

    def measured(shape: str, *names: str) -> bool:
        return shape in speed and all(n in speed[shape]["training"]["seconds"] for n in names)

    both = "forward and backward"
    for shape in ("[32, 64, 512]", "[128, 16, 512]"):
        for name, wanted in zip(RIVALS, ("at least 10", "at least 8"), strict=True):
            if measured(shape, name, own):
                yield row(f"{both}, {name} / {own}", "training", shape, name, own, wanted)
    large = "[16, 128, 8192]"
    if measured(large, RIVALS[0], own):
        title = f"{both}, {RIVALS[0]} / {own}"
        yield row(title, "training", large, RIVALS[0], own, "at least 2.5")
    for shape in speed:
        for work, title in (("forward", "forward"), ("training", both)):
            if measured(shape, "JAX scan", own):
                title += f", JAX scan / {own}"
                yield row(title, work, shape, "JAX scan", own, "at least 2")
    if measured(large, "clone", own):
        yield row(f"forward, {own} / clone", "forward", large, own, "clone", "at most 1.3")
        yield row(f"{both}, {own} / clone", "training", large, own, "clone", "at most 2.6")
    for title, wanted in EPOCHS.items():
        epoch = results.get("networks", {}).get(title, {}).get("training", {"seconds": {}})
        for top, bottom, bound in ((own, "ReLU", "at most 1.25"), (RIVALS[0], own, wanted)):
            if {top, bottom} <= set(epoch["seconds"]):
                yield judged(f"{title}: {top} / {bottom}", epoch, top, bottom, bound)
    for shape, entry in results.get("memory", {}).items():
        if own in entry and RIVALS[0] in entry:
            for kind in entry[own]:
                part = max(0.0, entry[own][kind]) / entry[RIVALS[0]][kind]
                title = f"{shape}: extra memory ({kind}), {own} / {RIVALS[0]}"
                yield [title, "at most 0.1", f"{part:.3g}", "yes" if part <= 0.1 else "no"]


# --- the picture ---------------------------------------------------------------------------------


def ratios(results: Mapping[str, Any], work: str = "training") -> dict[str, dict[str, float]]:
    """Return, for each shape, each contestant's time as a multiple of our fastest backend's."""
    found = {}
    for shape, entry in results["speed"].items():
        names = entry[work]["seconds"]
        own = base(names)
        found[shape] = {name: harness.ratio(entry[work], name, own)[1] for name in names}
    return found


def plot(results: Mapping[str, Any], work: str = "training", ax: Any = None) -> Any:
    """Draw how many times as long as our fastest backend each contestant takes.

    Args:
        results: what a benchmark's JSON file holds.
        work: 'forward' or 'training'.
        ax: Matplotlib axes; None makes new ones.

    Returns:
        The axes.
    """
    import matplotlib.pyplot as plt

    found = ratios(results, work)
    own = base(next(iter(found.values())))
    names = [name for name in next(iter(found.values())) if name != own]
    if ax is None:
        _, ax = plt.subplots(figsize=(7, 1 + 0.16 * len(found) * (len(names) + 1)))
    height = 1 / (len(names) + 1)
    for k, name in enumerate(names):
        places = [row + (k - (len(names) - 1) / 2) * height for row in range(len(found))]
        widths = [values[name] for values in found.values()]
        # Bars start from 1, so that they point to the slower side or to the faster one.
        ax.barh(places, [w - 1 for w in widths], height, left=1, label=name, color=f"C{k}")
    ax.set_xscale("log")
    ax.axvline(1, color="black", linewidth=0.8)
    ax.set_yticks(range(len(found)), list(found))
    ax.invert_yaxis()
    ax.set_ylabel("shape [T, N, *]")
    ax.set_xlabel(f"time / time of {own}")
    ax.legend(fontsize="small", loc="upper left", bbox_to_anchor=(1.01, 1), borderaxespad=0)
    return ax


if __name__ == "__main__":
    for file in map(Path, sys.argv[1:]):
        stored = json.loads(file.read_text("utf-8"))
        file.with_suffix(".md").write_text(markdown(stored), "utf-8")
        if "speed" in stored:
            figure = plot(stored).figure
            figure.savefig(file.with_suffix(".png"), dpi=150, bbox_inches="tight")
