"""Spiking neurons in PyTorch, for the readers of the tutorial book snnbook.

Importing the package is cheap: matplotlib and SymPy load when they are first used.
"""

from importlib.metadata import version

from . import equation, functional, neuron, record, surrogate, visualizing

__all__ = ["equation", "functional", "neuron", "record", "surrogate", "visualizing"]
__version__ = version("snnbook")
