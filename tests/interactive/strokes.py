"""Digits as a person draws them: lists of strokes, points in the unit square, y downward.

Those in drawings.json come from somebody who knew nothing of the network that reads them.
"""

import json
import math
from pathlib import Path

STRANGERS = json.loads(Path(__file__).with_name("drawings.json").read_text("utf-8"))


def arc(x, y, wide, tall, first, last, points=16):
    """Points on an ellipse from one angle to another, in degrees."""
    angles = [math.radians(first + (last - first) * k / points) for k in range(points + 1)]
    return [[x + wide * math.cos(a), y + tall * math.sin(a)] for a in angles]


DIGITS = {
    "0": [arc(0.5, 0.5, 0.3, 0.42, -90, 270, 32)],
    "1": [[[0.5, 0.08], [0.48, 0.92]]],
    "2": [[*arc(0.5, 0.3, 0.25, 0.22, -170, 50), [0.25, 0.9], [0.78, 0.9]]],
    "3": [arc(0.48, 0.28, 0.24, 0.2, -150, 90) + arc(0.48, 0.7, 0.28, 0.22, -90, 150)],
    "4": [[[0.6, 0.08], [0.2, 0.62], [0.82, 0.62]], [[0.62, 0.35], [0.62, 0.92]]],
    "5": [
        [[0.75, 0.1], [0.32, 0.1], [0.28, 0.45], *arc(0.47, 0.66, 0.27, 0.25, -130, 150)],
    ],
    "6": [[[0.65, 0.08], [0.4, 0.3], [0.27, 0.6], *arc(0.5, 0.68, 0.24, 0.23, 180, 540, 24)]],
    "7": [[[0.22, 0.1], [0.78, 0.1], [0.45, 0.92]], [[0.35, 0.5], [0.72, 0.5]]],
    "8": [arc(0.5, 0.28, 0.2, 0.19, 90, -270, 24) + arc(0.5, 0.7, 0.25, 0.22, -90, 270, 24)],
    "9": [[*arc(0.5, 0.3, 0.23, 0.21, 0, 360, 24), [0.72, 0.4], [0.68, 0.92]]],
}


def draw(figure, strokes):
    """Draw with the mouse into a figure."""
    mouse, pad = figure.page.mouse, figure.locator(".snn-pad")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    for line in strokes:
        points = [(box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in line]
        mouse.move(*points[0])
        mouse.down()
        for point in points[1:]:
            mouse.move(*point, steps=2)
        mouse.up()
