"""The book's own extension `drawing`: figures for a desk and for a phone."""

import re

import drawing
import pytest
from matplotlib.figure import Figure


@pytest.fixture
def figure():
    """A figure with small letters, and words on a picture."""
    figure = Figure(figsize=(6, 3))
    left, right = figure.subplots(1, 2)
    left.plot([0, 1], color="#0072B2")
    left.set_title("small", fontsize=5)
    right.imshow([[0, 1], [1, 0]])
    right.text(0, 0, "on it", color="black")
    return figure


def points(svg):
    """Return the sizes of a drawing's letters."""
    return [100 * float(s) for s in re.findall(r"scale\((0\.\d+) -0\.\d+\)", svg)]


@pytest.mark.parametrize(("width", "least"), [drawing.WIDE, drawing.NARROW])
def test_a_drawing_has_its_width_and_no_small_letters(figure, width, least):
    svg = drawing.drawn(figure, width, least)
    assert f'viewBox="0 0 {72 * width:g} 216"' in svg
    assert min(points(svg)) == pytest.approx(least)


def test_a_figure_is_afterwards_as_it_was(figure):
    drawing.drawn(figure, *drawing.NARROW)
    assert figure.get_size_inches().tolist() == [6, 3]
    assert figure.axes[0].title.get_size() == 5
    assert figure.get_layout_engine() is None


def test_a_narrow_drawing_makes_room_for_words():
    figure = Figure(figsize=(8, 2))
    panels = figure.subplots(1, 5)
    for axes in panels:
        axes.set_title("two long words here")
        axes.set(xticks=range(0, 1000, 100), xlim=(0, 1000))
    with drawing.resized(figure, *drawing.NARROW):
        assert panels[0].title.get_text() == "two\nlong\nwords\nhere"
        shown = [label.get_text() for label in panels[0].get_xticklabels()]
        assert shown == ["0", "200", "400", "600", "800"]
    assert panels[0].title.get_text() == "two long words here"
    assert len(panels[0].get_xticklabels()) == 10


def test_two_panels_stand_below_each_other_where_there_is_no_room_beside():
    figure = Figure(figsize=(8, 3), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    left.set_ylabel("rate")

    def below():
        figure.draw_without_rendering()
        return left.get_window_extent().y0 > right.get_window_extent().y1

    before = points(drawing.drawn(figure, *drawing.WIDE))
    with drawing.resized(figure, *drawing.WIDE):
        assert not below()
    with drawing.resized(figure, *drawing.NARROW):
        assert below()
        assert right.get_ylabel() == "rate"
        assert right.get_yticklabels()
    assert not below()
    assert right.get_ylabel() == ""
    assert points(drawing.drawn(figure, *drawing.WIDE)) == before


def test_a_drawing_has_the_colours_of_its_page(figure):
    svg = drawing.drawn(figure, *drawing.WIDE)
    assert "prefers-color-scheme:dark" in svg
    assert "stroke: var(--potential)" in svg
    # All that matplotlib draws black or white follows the page, but for words on a picture.
    assert not re.search(r"(fill|stroke): #(000000|ffffff|0072b2)", svg)
    assert 'id="kept-1-0"' in svg
