"""The LaTeX of a formula, read as a reader reads it: its value for numbers."""

import math
import re

TOKEN = re.compile(r"\\[a-zA-Z]+|\\\\|\d+(?:\.\d+)?|[a-zA-Z]|\S")
FUNCTIONS = {
    "\\sin": math.sin,
    "\\cos": math.cos,
    "\\tanh": math.tanh,
    "\\arctan": math.atan,
    "\\log": math.log,
    "\\sigma": lambda x: (1 + math.tanh(x / 2)) / 2,
    "\\operatorname{erf}": math.erf,
    "\\operatorname{sign}": lambda x: (x > 0) - (x < 0),
    "\\operatorname{ReLU}": lambda x: max(x, 0.0),
}
CONDITIONS = {
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "\\leq": lambda a, b: a <= b,
    "\\geq": lambda a, b: a >= b,
}
GREEK = {"\\pi": math.pi}


class Reader:
    """Reads one formula: sums of products of powers, fractions, functions, cases.

    Args:
        latex: what `snnbook.symbolic.latex` printed.
        values: for each symbol, as it is printed, its value.
    """

    def __init__(self, latex, values):
        for name in re.findall(r"\\operatorname\{(\w+)\}", latex):
            latex = latex.replace(f"\\operatorname{{{name}}}", f"\\operatorname_{name} ")
        latex = re.sub(r"\\begin\{cases\}", r"\\begin ", latex)
        latex = re.sub(r"\\end\{cases\}", r"\\end ", latex)
        latex = re.sub(r"\\text\{for\}\\:", r"\\for ", latex)
        latex = re.sub(r"\\text\{otherwise\}", r"\\otherwise ", latex)
        names = re.compile(r"\\operatorname_\w+|" + TOKEN.pattern)
        self.tokens = names.findall(latex)
        self.values = {**GREEK, **values}
        self.at = 0

    def value(self):
        """Return the value of the whole formula."""
        value = self.sum()
        assert self.at == len(self.tokens), self.tokens[self.at :]
        return value

    @property
    def next(self):
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self, *wanted):
        token = self.next
        assert not wanted or token in wanted, (wanted, self.tokens[self.at :])
        self.at += 1
        return token

    def sum(self):
        total = -self.product() if self.next == "-" and self.take() else self.product()
        while self.next in ("+", "-"):
            total += self.product() if self.take() == "+" else -self.product()
        return total

    def product(self):
        total = self.power()
        while self.next and self.next not in ("+", "-", "}", ")", "&", "\\right", "\\\\", "\\end"):
            if self.next in CONDITIONS or self.next in ("\\wedge", "\\vee"):
                break
            if self.next == "\\cdot":
                self.take()
            total *= self.power()
        return total

    def power(self):
        base = self.atom()
        while self.next == "^":
            base = base ** self.exponent()
        return base

    def exponent(self):
        self.take("^")
        return self.group() if self.next == "{" else self.atom()

    def group(self):
        self.take("{")
        value = self.sum()
        self.take("}")
        return value

    def atom(self):
        token = self.take()
        if token in self.values:
            return self.values[token]
        if re.fullmatch(r"\d+(\.\d+)?", token):
            return float(token)
        if token == "e":
            return math.exp(self.exponent())
        if token == "{":
            self.at -= 1
            return self.group()
        if token == "(":
            value = self.sum()
            self.take(")")
            return value
        if token == "\\frac":
            return self.group() / self.group()
        if token == "\\sqrt":
            return math.sqrt(self.group())
        if token == "\\left":
            return self.bracket()
        if token == "\\begin":
            return self.cases()
        function = FUNCTIONS[re.sub(r"_(\w+)", r"{\1}", token)]
        power = self.exponent() if self.next == "^" else 1
        return function(self.atom()) ** power

    def bracket(self):
        kind = self.take("(", "|")
        value = self.sum()
        self.take("\\right")
        self.take(")" if kind == "(" else "|")
        return value if kind == "(" else abs(value)

    def cases(self):
        """All cases are read; the first whose condition holds counts."""
        found = None
        while self.next != "\\end":
            value = self.sum()
            self.take("&")
            holds = self.take("\\for", "\\otherwise") == "\\otherwise" or self.condition()
            found = value if found is None and holds else found
            if self.next == "\\\\":
                self.take()
        self.take("\\end")
        return found

    def condition(self):
        """Comparisons of numbers; all of them, or one of them."""
        holds = self.comparison()
        while self.next in ("\\wedge", "\\vee"):
            both, other = self.take() == "\\wedge", self.comparison()
            holds = holds and other if both else holds or other
        return holds

    def comparison(self):
        if self.next == "\\left":  # a condition in brackets
            self.take()
            self.take("(")
            holds = self.condition()
            self.take("\\right")
            self.take(")")
            return holds
        left = self.sum()
        return CONDITIONS[self.take(*CONDITIONS)](left, self.sum())


def value_of(latex, values):
    """Return the value of a formula for the values of its symbols."""
    return Reader(latex, values).value()
