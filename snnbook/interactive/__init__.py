"""Figures that a reader plays with: sliders move a neuron's numbers, and the picture follows.

A figure works in three places, with the same numbers to the bit where only + - * / are used:

- in a notebook it is a widget (anywidget), and what the reader sets is there for the next cell;
- in a built page, without a kernel, a script in the page runs the neuron in the reader's browser,
  as JavaScript printed from the layer's own equations, in float32 as the layer does;
- where no script runs, and in print, a still picture of the first values stands in its place.

The rooms, each of which imports only from those before it:

- `script`: prints JavaScript from one step of a neuron, forward and back;
- `steps`: writes one step of a neuron in words, from its equations;
- `noise`: random numbers that a page makes too;
- `sliders`: reads and checks what is given; the ranges of the sliders;
- `account`: where the input of a neuron went;
- `views`: the table of what a figure can show;
- `still`: the figure as a picture and in words;
- `network`: a neuron, or a network of them, as a page gets it; there it is ``network.js``;
- `figure`: what every figure is; in the reader's browser it is ``figure.js`` and ``figure.css``;
  ``views.js`` and ``population.js`` draw, ``hands.js`` lets the reader take hold of levels and
  steps, ``symbols.js`` gives symbols the colours of their marks;
- `explore`: a figure with sliders;
- `learn`: a figure that learns, ``learn.js``;
- `credit`: a figure of how far back a gradient reaches, ``credit.js``;
- `depth`: a figure of what each layer of a network does, ``depth.js``;
- `bricks`: a figure of what lies in a potential, ``bricks.js``;
- `calls`: a figure of the order in which layers are called, ``calls.js``;
- `coding`: a figure of codes, ``coding.js``;
- `sketch`: a figure to draw in, which a trained network reads, ``sketch.js``.
"""

from .account import Account, KeepingIFNode
from .bricks import Painted, Painter, explore_bricks
from .calls import Call, Caller, Calls, explore_calls
from .coding import Code, Coder, Sent, explore_codes
from .credit import Traced, Tracer, explore_credit
from .depth import Prober, explore_depth
from .explore import Explorer, Goal, explore
from .learn import Learned, Learner, learn
from .sketch import Sketch, sketch
from .sliders import RANGES, Slider
from .views import WORDS

__all__ = ["RANGES", "WORDS", "Account", "Call", "Caller", "Calls", "Code", "Coder", "Explorer"]
__all__ += [
    "Goal",
    "KeepingIFNode",
    "Learned",
    "Learner",
    "Painted",
    "Painter",
    "Prober",
    "Sent",
    "Sketch",
]
__all__ += ["Slider", "Traced", "Tracer", "explore", "explore_bricks", "explore_calls"]
__all__ += ["explore_codes", "explore_credit", "explore_depth", "learn", "sketch"]
