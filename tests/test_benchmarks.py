"""The benchmarks' arithmetic, tables and picture; no time is ever asserted."""

import json

import pytest
import torch

from benchmarks import contestants, digits, harness, networks, neurons, report

MEASURED = {
    "seconds": {
        "snnbook numba": [1.0, 2.0, 4.0, 1.0, 1.0, 9.0],
        "clone": [2.0, 6.0, 8.0, 4.0, 2.0, 9.0],
    },
    "others": [0.0, 0.01, 0.1, 0.0, 0.05, 0.5],
    "load": [0.1, 0.1, 0.1],
}


def test_quartiles():
    assert harness.quartiles([5.0, 1.0, 4.0, 2.0, 3.0]) == (2.0, 3.0, 4.0)
    assert harness.quartiles([7.0]) == (7.0, 7.0, 7.0)


def test_a_ratio_is_taken_within_each_quiet_round():
    assert harness.chosen_rounds(MEASURED) == [0, 1, 2, 3, 4]
    assert harness.ratio(MEASURED, "clone", "snnbook numba") == (2.0, 2.0, 3.0)
    assert harness.seconds(MEASURED, "clone") == (2.0, 4.0, 6.0)


def test_without_enough_quiet_rounds_all_count():
    assert harness.chosen_rounds(MEASURED, least=6) == [0, 1, 2, 3, 4, 5]


def test_contestants_take_turns():
    order = []

    def turn(name):
        order.append(name)
        return 1.0, 0.0

    turns = {name: lambda name=name: turn(name) for name in "abc"}
    measured = harness.measure(turns, rounds=3)
    assert "".join(order) == "abc" + "abcbcacab"  # warming up, then rounds whose order rotates
    assert measured["seconds"] == {name: [1.0] * 3 for name in "abc"}
    assert len(measured["others"]) == 3


def test_a_turn_is_as_many_calls_as_fill_it(monkeypatch):
    monkeypatch.setattr(harness, "SETTLE", 0.0)
    monkeypatch.setattr(harness, "BURST", 0.0)
    calls = []
    turn = harness.Turn(lambda: calls.append(0))
    turn()
    warm = len(calls)
    turn()
    assert len(calls) == warm + 1 + turn.repeats == warm + 2


def test_a_table():
    assert report.table(["a", "b"], [["x", "1"]]) == "| a | b |\n| --- | ---: |\n| x | 1 |"


@pytest.mark.parametrize(
    ("seconds", "text"), [(2.0, "2 s"), (0.0123, "12.3 ms"), (4.56e-6, "4.56 µs"), (0.5, "500 ms")]
)
def test_a_time_has_a_unit(seconds, text):
    assert report.time(seconds) == text


def test_a_target_is_met_or_not():
    measured = {
        "seconds": {"snnbook numba": [1.0], "SpikingJelly": [12.0], "SpikingJelly, unbind": [4.0]},
        "others": [0.0],
    }
    speed = {"[32, 64, 512]": {"forward": measured, "training": measured}}
    rows = list(report.targets({"speed": speed}))
    assert [(row[1], row[2].split()[0], row[3]) for row in rows] == [
        ("at least 10", "12", "yes"),
        ("at least 8", "4", "no"),
    ]


def test_our_own_contestants_need_no_other_library():
    names = contestants.available("cpu", ours_only=True)
    assert {"snnbook torch", "clone"} <= set(names)
    assert not [name for name in names if not name.startswith(("snnbook", "clone"))]


@pytest.mark.sweep
@pytest.mark.parametrize("command", [neurons.main, networks.main])
def test_a_quick_run_gives_a_page_and_a_picture(command, tmp_path, monkeypatch):
    monkeypatch.setattr(harness, "SETTLE", 0.0)
    monkeypatch.setattr(harness, "BURST", 0.0)
    monkeypatch.setattr(neurons, "start", lambda options: pytest.fail("not asked for"))
    path = tmp_path / "out.json"
    parts = ["speed", "memory", "growth"] if command is neurons.main else ["networks"]
    quick = ["--quick", "--ours", "--device", "cpu", "--threads", str(torch.get_num_threads())]
    command([*quick, "--out", str(path), "--parts", *parts])
    results = json.loads(path.read_text("utf-8"))
    assert set(results) == {*parts, "machine", "versions"}
    assert "snnbook torch" in path.with_suffix(".md").read_text("utf-8")
    if command is neurons.main:
        agreement = results["speed"]["[3, 4, 5]"]["agreement"]
        assert {found["spikes"] for found in agreement.values()} == {0}
        assert all(found["gradient"] < 1e-5 for found in agreement.values())


def test_a_quick_profile():
    pytest.importorskip("numba")
    from benchmarks import profile

    page = profile.main(["--quick", "--threads", str(torch.get_num_threads())])
    assert page.count("| [3, 4, 5] |") == 2
    assert "nan" not in page


def test_a_quick_training_of_the_digits(capsys):
    results = digits.main(["--quick", "--dry"])
    assert [len(runs) for runs in results["digits"].values()] == [1, 1]
    assert report.markdown(results) in capsys.readouterr().out


STORED = sorted(harness.RESULTS.glob("*.json"))


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.stem)
def test_stored_results_make_their_page_and_the_picture(path):
    results = json.loads(path.read_text("utf-8"))
    assert report.markdown(results) == path.with_suffix(".md").read_text("utf-8")
    for work in ("forward", "training") if "speed" in results else ():
        ratios = report.ratios(results, work)
        axes = report.plot(results, work)
        assert [label.get_text() for label in axes.get_yticklabels()] == list(ratios)
        names = axes.get_legend_handles_labels()[1]
        assert {"snnbook torch", "clone"} <= set(names)
        axes.figure.clear()


def test_there_are_stored_results():
    assert STORED
