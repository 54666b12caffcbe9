"""Formulas in R's spelling: `edges + mutual + gwesp(0.5, fixed=TRUE) + edgecov('w', lag=1) + memory('stability')`.

A small parser (tokens, then recursive descent), not `eval`: what it does not know it names, with its place. It reads
sums of terms, `offset(term, coefficient)`, `Form(~ edges + mutual)`, `Persist(…)`, products with time
(`mutual:time`, `edgecov('w'):timecov(minimum=5)`), and as arguments numbers, strings, TRUE/FALSE, NULL, Inf, vectors
`c(1, 2)` and ranges `0:3`. The same is said in Python as `edges() + mutual() + gwesp(0.5)`.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from xenotime.core import InputError
from xenotime.tergm.terms import TERMS
from xenotime.tergm.terms.base import Formula, Term
from xenotime.tergm.terms.operators import Form, Offset, Persist, Times, wrap
from xenotime.tergm.terms.past import timecov

TOKEN = re.compile(
    r"""\s*(?:
      (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)
    | (?P<name>[A-Za-z_.][A-Za-z0-9_.]*)
    | (?P<string>"[^"]*"|'[^']*')
    | (?P<sign>[-+~:(),=])
    | (?P<other>\S)
    )""",
    re.VERBOSE,
)
CONSTANTS: dict[str, Any] = {"TRUE": True, "True": True, "T": True, "FALSE": False, "False": False, "F": False}
CONSTANTS |= {"NULL": None, "None": None, "Inf": float("inf"), "inf": float("inf")}
OPERATORS = {"Form": Form, "Persist": Persist}


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    place: int


class _Parser:
    """Recursive descent over the tokens of one formula."""

    def __init__(self, text: str, terms: Mapping[str, type[Term]]) -> None:
        self.text = text
        self.terms = terms
        self.tokens = [
            _Token(str(match.lastgroup), match.group(str(match.lastgroup)), match.start(str(match.lastgroup)))
            for match in TOKEN.finditer(text)
        ]
        self.at = 0

    def fail(self, what: str, remedy: str | None = None) -> NoReturn:
        place = self.tokens[self.at].place if self.at < len(self.tokens) else len(self.text)
        raise InputError(what, where=f"formula, at '{self.text[place : place + 25] or 'its end'}'", remedy=remedy)

    def next_is(self, *texts: str) -> bool:
        return self.at < len(self.tokens) and self.tokens[self.at].text in texts and self._kind() != "string"

    def _kind(self) -> str:
        return self.tokens[self.at].kind if self.at < len(self.tokens) else "end"

    def take(self, text: str) -> None:
        if not self.next_is(text):
            self.fail(f"expected '{text}'")
        self.at += 1

    def formula(self) -> Formula:
        """Left side (ignored) ~ sum."""
        if self._kind() == "name" and self.at + 1 < len(self.tokens) and self.tokens[self.at + 1].text == "~":
            self.at += 1
        if self.next_is("~"):
            self.at += 1
        result = self.sum()
        if self._kind() != "end":
            self.fail(f"'{self.tokens[self.at].text}' has no meaning here")
        return result

    def sum(self) -> Formula:
        result = self.product()
        while self.next_is("+"):
            self.at += 1
            result = result + self.product()
        return result

    def product(self) -> Formula:
        result = self.item()
        while self.next_is(":"):
            self.at += 1
            result = self._times(result, self.item(factor=True))
        return result

    def _times(self, left: Formula, right: Formula) -> Formula:
        time = right.terms[0]
        if not isinstance(time, timecov) or time.x is not None:
            self.fail("only products with time are offered", remedy="write term:time or term:timecov(…)")
        return wrap(lambda term: Times(term, time), left)

    def item(self, factor: bool = False) -> Formula:
        if self.next_is("("):
            self.at += 1
            inside = self.sum()
            self.take(")")
            return inside
        if self._kind() != "name":
            self.fail("expected a term")
        name = self.tokens[self.at].text
        if name == "time" and factor:
            self.at += 1
            return Formula((timecov(),))
        if name in OPERATORS or name == "offset":
            return self.operator(name)
        if name not in self.terms:
            near = [known for known in self.terms if known.startswith(name[:4])]
            self.fail(f"'{name}' is not a term", remedy=f"terms: {', '.join(near or self.terms)}")
        self.at += 1
        args, named = self.arguments()
        return Formula((self.terms[name].from_call(args, named),))

    def operator(self, name: str) -> Formula:
        self.at += 1
        self.take("(")
        if self.next_is("~"):
            self.at += 1
        inside = self.sum()
        if name in OPERATORS:
            self.take(")")
            return wrap(OPERATORS[name], inside)
        if not self.next_is(","):
            self.fail("an offset needs its coefficient", remedy="write offset(edgecov('closed'), -Inf)")
        self.at += 1
        if self.next_is("coef"):
            self.at += 1
            self.take("=")
        coefficient = self.value()
        self.take(")")
        return wrap(lambda term: Offset(term, coefficient), inside)

    def arguments(self) -> tuple[list[Any], dict[str, Any]]:
        args: list[Any] = []
        named: dict[str, Any] = {}
        if not self.next_is("("):
            return args, named
        self.at += 1
        while not self.next_is(")"):
            is_named = (
                self._kind() == "name" and self.at + 1 < len(self.tokens) and self.tokens[self.at + 1].text == "="
            )
            if is_named:
                key = self.tokens[self.at].text
                if key in named:
                    self.fail(f"'{key}' is given twice")
                self.at += 2
                named[key] = self.value()
            else:
                args.append(self.value())
            if self.next_is(","):
                self.at += 1
            elif not self.next_is(")"):
                self.fail("expected ',' or ')'")
        self.take(")")
        return args, named

    def value(self) -> Any:
        first = self.scalar()
        if self.next_is(":"):
            self.at += 1
            last = self.scalar()
            if not isinstance(first, int) or not isinstance(last, int):
                self.fail("a range needs whole numbers")
            step = 1 if last >= first else -1
            return tuple(range(first, last + step, step))
        return first

    def scalar(self) -> Any:
        kind = self._kind()
        if kind == "end":
            self.fail("the formula ends too early")
        text = self.tokens[self.at].text
        if kind in {"number", "string"} or (kind == "name" and text in CONSTANTS):
            self.at += 1
            return _literal(kind, text)
        if self.next_is("-"):
            self.at += 1
            number = self.scalar()
            return tuple(-item for item in number) if isinstance(number, tuple) else -number
        if kind == "name" and text == "c":
            return self.vector()
        if self.next_is("("):
            self.at += 1
            inside = self.value()
            self.take(")")
            return inside
        return self.fail(
            "expected a number, a string, TRUE or FALSE", remedy=f"put names of covariates in quotes: '{text}'"
        )

    def vector(self) -> tuple[Any, ...]:
        self.at += 1
        args, named = self.arguments()
        if named:
            self.fail("c(…) takes no names")
        return tuple(item for arg in args for item in (arg if isinstance(arg, tuple) else (arg,)))


def _literal(kind: str, text: str) -> Any:
    if kind == "number":
        return int(text) if text.isdigit() else float(text)
    return text[1:-1] if kind == "string" else CONSTANTS[text]


def parse(formula: "str | Term | Formula | Iterable[Term]", terms: Mapping[str, type[Term]] | None = None) -> Formula:
    """Return the formula as a sum of terms.

    Parameters
    ----------
    formula : str, Term, Formula or iterable of Term
        R's spelling, or Python objects (returned as they are, summed).
    terms : dict of str to type of Term, optional
        Terms of your own by spelling, beside `TERMS`.

    Raises
    ------
    InputError
        Naming what is wrong and where.
    """
    if isinstance(formula, str):
        return _Parser(formula, {**TERMS, **(terms or {})}).formula()
    if isinstance(formula, Term):
        return Formula((formula,))
    if isinstance(formula, Formula):
        return formula
    given: tuple[Any, ...] = tuple(formula) if isinstance(formula, Iterable) else ()
    if given and all(isinstance(item, Term) for item in given):
        return Formula(given)
    joined = " + ".join(given) if given and all(isinstance(item, str) for item in given) else "edges + mutual"
    raise InputError(f"a formula cannot be {formula!r}", remedy=f"join terms with +: '{joined}'")
