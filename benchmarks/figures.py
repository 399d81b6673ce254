"""Time a frame of the figures with sliders, in a real browser: ``python -m benchmarks.figures``.

A frame begins when the browser is about to draw, with one slider at a new value. It ends after
the neurons have run, the picture is made, laid out and painted. At 60 frames a second there are
16.7 ms for it. The figures of the cover and the chapters are timed where they stand, on a page as
wide as a phone's, at the computer's own speed and with Chromium's main thread six times slower.
Needs Chromium, Playwright of the environment of make test, and the built book.
"""

import argparse
import json
import shutil
from pathlib import Path
from typing import Any

import torch
from playwright.sync_api import Browser, Page, sync_playwright
from torch import nn

from snnbook import neuron
from snnbook.interactive import KeepingIFNode, explore, explore_bricks, explore_calls, explore_depth
from snnbook.interactive.figure import Figure

from . import harness, report

FRAMES = 60
IN_PAGES, SLOWER = 30, 6
RESULTS = Path(__file__).parent / "results" / "figures"
BOOK = Path(__file__).parents[1] / "_build" / "html" / "book"


def noisy(noise: Any, x: Any, spread: Any) -> Any:
    """An input of one random number for each step and neuron."""
    return x + spread * noise


def figures() -> dict[str, Figure]:
    """Return the figures to time; of each the first slider is moved."""
    leaky = neuron.LIFNode(tau=10.0)
    both = {"hard reset": leaky, "soft reset": neuron.LIFNode(tau=10.0, v_reset=None)}
    spread = {"x": (0, 2, 1.2), "spread": (0, 2, 0.5)}
    torch.manual_seed(0)
    deep = [part for _ in range(5) for part in (nn.Linear(64, 64, bias=False), neuron.LIFNode())]
    trains = (torch.rand(32, 6, 64) < 0.2).float()
    keeps = {"hard reset": KeepingIFNode(), "soft reset": neuron.IFNode(v_reset=None)}
    blocks = [part for _ in range(4) for part in (nn.Linear(12, 12), neuron.LIFNode())]
    return {
        "account and firing rate, 20 steps": explore(
            keeps, 0.3, 20, sliders={"x": (0, 1), "keep": (0, 1)}, show=["account", "rate"]
        ),
        "trace, 1,000 steps": explore(leaky, 1.2, 1000),
        "trace of noise, 1,000 steps": explore(leaky, noisy, 1000, sliders=spread),
        "two traces, 1,000 steps": explore(both, 1.2, 1000),
        "trace and firing rate, 1,000 steps": explore(leaky, 1.2, 1000, show=["trace", "rate"]),
        "raster, 32 neurons, 1,000 steps": explore(leaky, noisy, 1000, 32, sliders=spread),
        "Izhikevich, 1,000 steps": explore(neuron.IzhikevichNode(a=0.1, b=0.2), 0.8, 1000),
        "bricks, 20 inputs": explore_bricks(
            neuron.IFNode(v_threshold=20.0, detach_reset=True), 20 * [0.7]
        ),
        "five layers, 3,932,160 products": explore_depth(
            nn.Sequential(*deep), trains, sliders={"scale": (0, 40, 8)}
        ),
        "calls of eight layers, 12 steps": explore_calls(
            nn.Sequential(*blocks), torch.rand(12, 12), start={"cut": 6, "reset": 1}
        ),
    }


MEASURE = """async ([frames, place, name, low, high, step]) => {
  const root = document.querySelectorAll(".snn-explore")[place], { snnbook } = root;
  const middle = low + step * Math.round((high - low) / step / 2);
  root.scrollIntoView();
  const pad = name === "a stroke" ? root.querySelector(".snn-pad") : null;
  const box = pad?.getBoundingClientRect();
  const pen = (kind, angle) => pad.dispatchEvent(new PointerEvent(kind, {
    pointerId: 1,
    clientX: box.x + box.width * (0.5 + 0.3 * Math.cos(angle)),
    clientY: box.y + box.height * (0.5 + 0.3 * Math.sin(angle)),
  }));
  if (pad) {
    pad.setPointerCapture = null;  // it is for pens that there are
    pen("pointerdown", 0);
  }
  const channel = new MessageChannel(), times = [];
  for (let k = 0; k < frames; k += 1) {
    const value = middle + step * Math.round(((high - middle) * k) / frames / step);
    times.push(await new Promise((done) => {
      let begin = 0;
      channel.port1.onmessage = () => done(performance.now() - begin);  // comes after the painting
      // What is moved asks for a frame of its own; these two are called before and after it.
      requestAnimationFrame(() => { begin = performance.now(); });
      if (pad) pen("pointermove", (6 * k) / frames);
      else snnbook.set({ [name]: value });
      requestAnimationFrame(() => channel.port2.postMessage(0));
    }));
  }
  if (pad) pen("pointerup", 0);
  if (root.classList.contains("snn-broken")) throw new Error(root.innerText);
  return times;
}"""
SLIDERS = """[...document.querySelectorAll(".snn-explore")].flatMap((root, k) => [
  ...[...root.querySelectorAll("input[type=range]")].map(({ ariaLabel, min, max, step }) =>
    [k, ariaLabel, ...[min, max, step].map(Number)]),
  ...[...root.querySelectorAll(".snn-pad")].map(() => [k, "a stroke", 0, 1, 1]),
])"""


def timed(page: Page, frames: int, figure: int, *slider: Any) -> list[float]:
    """Return the seconds of some frames of one of a page's figures, as one slider is moved."""
    page.evaluate(MEASURE, [10, figure, *slider])  # the browser compiles what runs often
    return [t / 1000 for t in page.evaluate(MEASURE, [frames, figure, *slider])]


def measured(browser: Browser) -> dict[str, list[float]]:
    """Return for each figure the times of its frames, in seconds."""
    times = {}
    for name, figure in figures().items():
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_content(f"<!doctype html><body>{figure.to_html()}</body>")
        slider = figure.spec["sliders"][0]
        times[name] = timed(page, FRAMES, 0, *(slider[k] for k in ("name", "low", "high", "step")))
        page.close()
    return times


def measured_in_pages(browser: Browser) -> dict[str, list[list[float]]]:
    """Return the times of each slider's frames, and of a stroke's, as they are and slower."""
    times = {}
    for path in [path for path in sorted(BOOK.glob("*.html")) if "snn-live" in path.read_text()]:
        page = browser.new_page(viewport={"width": 390, "height": 844})
        page.goto(path.as_uri())
        page.wait_for_function("!document.querySelector('.snn-explore:not(.snn-alive)')")
        speed = page.context.new_cdp_session(page)
        for figure, *slider in page.evaluate(SLIDERS):
            pair = []
            for rate in (1, SLOWER):
                speed.send("Emulation.setCPUThrottlingRate", {"rate": rate})
                pair.append(timed(page, IN_PAGES, figure, *slider))
            times[f"{path.stem}, {figure + 1}: {slider[0]}"] = pair
            speed.send("Emulation.setCPUThrottlingRate", {"rate": 1})
        page.close()
    return times


def main() -> None:
    """Measure, and write or print the results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dry", action="store_true", help="print the results, write no file")
    dry = parser.parse_args().dry
    if not BOOK.is_dir():
        parser.exit(1, "The book is not built; `make book` builds it.\n")
    with sync_playwright() as playwright:
        path = shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        results = {
            "browser": browser.version,
            "frames": measured(browser),
            "pages": measured_in_pages(browser),
            "machine": harness.machine(),
        }
        browser.close()
    print(report.markdown(results))
    if not dry:
        RESULTS.with_suffix(".json").write_text(json.dumps(results, indent=1) + "\n", "utf-8")
        RESULTS.with_suffix(".md").write_text(report.markdown(results), "utf-8")


if __name__ == "__main__":
    main()
