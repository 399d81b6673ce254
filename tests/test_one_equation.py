"""The book's own extension `one_equation`: a neuron in both spellings."""

import one_equation

from snnbook import neuron


def test_a_neuron_stands_in_both_spellings():
    line = one_equation.returned(neuron.LIFNode)
    assert line == "v + (x - (v - v_reset)) / tau"
    assert one_equation.formula_of(line) == one_equation.formula(neuron.LIFNode)
    assert one_equation.formula_of("v + x") != one_equation.formula(neuron.LIFNode)
