"""Figures that a reader plays with: sliders move a neuron's numbers, and the picture follows.

A figure works in three places, with the same numbers to the bit where only + - * / are used:

- in a notebook it is a widget (anywidget), and what the reader sets is there for the next cell;
- in a built page, without a kernel, a script in the page runs the neuron in the reader's browser,
  as JavaScript printed from the layer's own equations, in float32 as the layer does;
- where no script runs, and in print, a still picture of the first values stands in its place.

The rooms, each of which imports only from those before it:

- `script`: prints JavaScript from one step of a neuron;
- `noise`: random numbers that a page makes too;
- `sliders`: reads and checks what is given; the ranges of the sliders;
- `views`: the table of what a figure can show;
- `still`: the figure as a picture and in words;
- `figure`: what every figure is; in the reader's browser it is ``figure.js`` and ``figure.css``;
- `explore`: the figure of neurons;
- `coding`: the figure of codes.
"""

from .coding import Code, explore_codes
from .explore import Explorer, explore
from .sliders import RANGES, Slider
from .views import WORDS

__all__ = ["RANGES", "WORDS", "Code", "Explorer", "Slider", "explore", "explore_codes"]
