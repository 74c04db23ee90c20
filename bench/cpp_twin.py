"""The kernel in C++: its own Python sources translated word for word, so that a yardstick is always the same algorithm.

The kernel is restricted Python: whole numbers in flat memories, few reals, no objects. What the translator does not
know it refuses, so that it cannot be wrong in silence; the benchmark asserts equal memories besides.
"""

from __future__ import annotations

import ast
import ctypes
import importlib
import math
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

import aidc_twin.twin.kernel as kernel

NOT_TRANSLATED = ("__init__", "jit", "layout")
FLAGS = ("-std=c++17", "-O3", "-march=native", "-ffp-contract=off", "-fno-math-errno", "-shared", "-fPIC", "-w")
HEAD = """#include <cmath>
#include <cstdint>
#include <tuple>
typedef int64_t whole;
typedef uint64_t word;
typedef const double (*rows)[8];
static inline whole floor_div(whole a, whole b) { whole q = a / b; return q - (a % b != 0 && (a < 0) != (b < 0)); }
static inline whole floor_mod(whole a, whole b) { whole r = a % b; return r != 0 && (r < 0) != (b < 0) ? r + b : r; }
template <class T> static inline T least(T a, T b) { return b < a ? b : a; }
template <class T> static inline T most(T a, T b) { return b > a ? b : a; }
"""
ANNOTATIONS = {
    "Int": "whole", "int": "whole", "bool": "bool", "float": "double", "np.uint64": "word", "None": "void",
    "Real": "const double *__restrict", "Whole": "whole *",
    "tuple[tuple[float, ...], tuple[float, ...]]": "rows",
}  # fmt: skip
CASTS = {
    "np.int64": "whole", "int": "whole", "bool": "bool", "float": "double", "np.float64": "double", "np.uint64": "word",
}  # fmt: skip
MATHS = {
    "math.exp": "exp", "math.log": "log", "math.log1p": "log1p", "math.sqrt": "sqrt", "math.lgamma": "lgamma",
    "math.floor": "floor", "np.floor": "floor",
}  # fmt: skip
SIGNS: dict[type[ast.operator], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^", ast.LShift: "<<",
    ast.RShift: ">>",
}  # fmt: skip
COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
}  # fmt: skip
RANK = ("bool", "whole", "word", "double")


class Untranslatable(Exception):
    """The kernel uses something that this translator does not know."""


@dataclass(frozen=True)
class Typed:
    """An expression in C++ and its type."""

    text: str
    type: str


@dataclass
class Function:
    """One function of the kernel: where it stands, and what C++ makes of its types."""

    module: ModuleType
    node: ast.FunctionDef
    types: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Its name in both languages."""
        return self.node.name

    def parameters(self) -> list[tuple[str, str]]:
        """Type and name of each parameter; the park, called `p`, is only read."""
        found: list[tuple[str, str]] = []
        for one in self.node.args.args:
            kind = annotated(one.annotation)
            park = kind == "whole *" and one.arg == "p"
            found.append(("const whole *__restrict" if park else kind, one.arg))
        return found

    @property
    def result(self) -> str:
        """Type of what it returns."""
        return annotated(self.node.returns)

    def head(self) -> str:
        """Its first line."""
        return f"static {self.result} {self.name}({', '.join(f'{kind} {name}_' for kind, name in self.parameters())})"


def annotated(node: ast.expr | None) -> str:
    """C++ type of an annotation."""
    text = "None" if node is None else ast.unparse(node)
    if text in ANNOTATIONS:
        return ANNOTATIONS[text]
    if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "tuple":
        return f"std::tuple<{', '.join(annotated(one) for one in cast(ast.Tuple, node.slice).elts)}>"
    raise Untranslatable(f"annotation {text}")


def members(kind: str) -> list[str]:
    """Types of what a tuple holds."""
    return kind.removeprefix("std::tuple<").removesuffix(">").split(", ")


def wider(*kinds: str) -> str:
    """Type that holds values of all the types."""
    if len(set(kinds)) == 1:
        return kinds[0]
    return max(kinds, key=RANK.index)


def constant(value: Any) -> Typed:
    """A number that Python knows before the kernel runs."""
    if isinstance(value, bool):
        return Typed(str(value).lower(), "bool")
    if isinstance(value, np.unsignedinteger):
        return Typed(f"{int(value)}ULL", "word")
    if isinstance(value, int):
        return Typed(f"{value}LL" if value >= 0 else f"({value}LL)", "whole")
    if isinstance(value, float) and math.isfinite(value):
        return Typed(value.hex(), "double")
    if isinstance(value, tuple):
        rows = ", ".join("{" + ", ".join(number.hex() for number in row) + "}" for row in value)
        return Typed(f"(const double[][8]){{{rows}}}", "rows")
    raise Untranslatable(f"constant {value!r}")


class Body:
    """Translator of one function's body."""

    def __init__(self, function: Function, known: dict[str, Function]) -> None:
        self.function, self.known = function, known
        self.types = {name: kind for kind, name in function.parameters()}
        self.counter = 0

    def text(self) -> str:
        """The whole function in C++; types of its variables are found by going over it until none changes."""
        while True:
            before = dict(self.types)
            lines = list(self.block(self.function.node.body[1:]))
            if self.types == before:
                break
        taken = {name for _, name in self.function.parameters()}
        declared = [f"{kind} {name}_;" for name, kind in self.types.items() if name not in taken]
        return "\n".join([self.function.head() + " {", *declared, *lines, "}"])

    def block(self, body: list[ast.stmt]) -> Iterator[str]:
        """Lines of some statements."""
        for one in body:
            way = cast("Callable[[ast.stmt], Iterator[str]] | None", getattr(self, type(one).__name__.lower(), None))
            if way is None:
                raise Untranslatable(f"{self.function.name}: {ast.unparse(one)}")
            yield from way(one)

    def fresh(self) -> str:
        """A name of our own."""
        self.counter += 1
        return f"own{self.counter}"

    # statements

    def expr(self, node: ast.Expr) -> Iterator[str]:
        """A call for its effect."""
        yield self.value(node.value).text + ";"

    def pass_(self, node: ast.Pass) -> Iterator[str]:
        """Nothing."""
        yield ";"

    def break_(self, node: ast.Break) -> Iterator[str]:
        """The end of a loop."""
        yield "break;"

    def continue_(self, node: ast.Continue) -> Iterator[str]:
        """The next turn of a loop."""
        yield "continue;"

    def return_(self, node: ast.Return) -> Iterator[str]:
        """What the function returns."""
        if node.value is None:
            yield "return;"
        else:
            value = self.value(node.value)
            yield f"return {value.text};" if "tuple" in value.type else f"return ({self.function.result}){value.text};"

    def if_(self, node: ast.If) -> Iterator[str]:
        """Two ways."""
        yield f"if ({self.value(node.test).text}) {{"
        yield from self.block(node.body)
        if node.orelse:
            yield "} else {"
            yield from self.block(node.orelse)
        yield "}"

    def while_(self, node: ast.While) -> Iterator[str]:
        """A loop."""
        yield f"while ({self.value(node.test).text}) {{"
        yield from self.block(node.body)
        yield "}"

    def for_(self, node: ast.For) -> Iterator[str]:
        """A loop over whole numbers whose bounds are found once."""
        call = cast(ast.Call, node.iter)
        bounds = [self.value(one).text for one in call.args]
        first, end, step = {1: ("0LL", *bounds, "1LL"), 2: (*bounds, "1LL"), 3: tuple(bounds)}[len(bounds)]
        i, last = self.fresh(), self.fresh()
        yield f"for (whole {i} = {first}, {last} = {end}; {i} < {last}; {i} += {step}) {{"
        yield from self.assign_to(cast(ast.Name, node.target), Typed(i, "whole"))
        yield from self.block(node.body)
        yield "}"

    def assign(self, node: ast.Assign) -> Iterator[str]:
        """One value for one or several names or cells, or several values at once."""
        target = node.targets[0]
        if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
            values = [self.value(one) for one in node.value.elts]
            names = [self.fresh() for _ in values]
            yield "{" + " ".join(f"{v.type} {n} = {v.text};" for v, n in zip(values, names, strict=True))
            for one, value, name in zip(target.elts, values, names, strict=True):
                yield from self.assign_to(one, Typed(name, value.type))
            yield "}"
            return
        value, name = self.value(node.value), self.fresh()
        if isinstance(target, ast.Tuple):
            yield f"{{{value.type} {name} = {value.text};"
            for i, (one, kind) in enumerate(zip(target.elts, members(value.type), strict=True)):
                yield from self.assign_to(one, Typed(f"std::get<{i}>({name})", kind))
        elif len(node.targets) == 1:
            yield from self.assign_to(target, value)
            return
        else:
            yield f"{{{value.type} {name} = {value.text};"
            for one in node.targets:
                yield from self.assign_to(one, Typed(name, value.type))
        yield "}"

    def assign_to(self, target: ast.expr, value: Typed) -> Iterator[str]:
        """One value for one name or cell."""
        if isinstance(target, ast.Name):
            kind = "whole" if value.type == "bool" else value.type
            self.types[target.id] = wider(self.types.get(target.id, kind), kind)
            yield f"{target.id}_ = {value.text};"
        else:
            yield f"{self.value(target).text} = {value.text};"

    def augassign(self, node: ast.AugAssign) -> Iterator[str]:
        """A value that changes; a cell is found once and read before the other operand."""
        target = cast("ast.Name | ast.Subscript", node.target)
        cell, other = self.value(target), self.value(node.value)
        if isinstance(target, ast.Name):
            value = self.operation(node.op, cell, other)
            yield from self.assign_to(target, value)
            return
        place, old = self.fresh(), self.fresh()
        value = self.operation(node.op, Typed(old, cell.type), other)
        yield f"{{whole *{place} = &{cell.text}; {cell.type} {old} = *{place}; *{place} = {value.text};}}"

    # expressions

    def value(self, node: ast.expr) -> Typed:
        """An expression."""
        if isinstance(node, ast.Name) and node.id in self.types:
            return Typed(f"{node.id}_", self.types[node.id])
        known = self.before_running(node)
        if known is not None:
            return constant(known)
        way = getattr(self, "of_" + type(node).__name__.lower(), None)
        if way is None:
            raise Untranslatable(f"{self.function.name}: {ast.unparse(node)}")
        return cast(Typed, way(node))

    def before_running(self, node: ast.expr) -> Any:
        """Value of an expression of constants only, else None."""
        names = {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
        if names & self.types.keys() or any(isinstance(one, ast.Call | ast.Tuple) for one in ast.walk(node)):
            return None
        return eval(ast.unparse(node), vars(self.function.module))

    def of_subscript(self, node: ast.Subscript) -> Typed:
        """A cell of a memory, or a part of what a function returned."""
        value = self.value(node.value)
        if value.type.startswith("std::tuple"):
            i = cast(int, cast(ast.Constant, node.slice).value)
            return Typed(f"std::get<{i}>({value.text})", members(value.type)[i])
        inside = {"rows": "const double *"}.get(value.type, "double" if "double" in value.type else "whole")
        return Typed(f"{value.text}[{self.value(node.slice).text}]", inside)

    def of_tuple(self, node: ast.Tuple) -> Typed:
        """Several values at once."""
        values = [self.value(one) for one in node.elts]
        kind = f"std::tuple<{', '.join(one.type for one in values)}>"
        return Typed(f"{kind}({', '.join(one.text for one in values)})", kind)

    def of_binop(self, node: ast.BinOp) -> Typed:
        """Two operands."""
        return self.operation(node.op, self.value(node.left), self.value(node.right))

    def operation(self, op: ast.operator, left: Typed, right: Typed) -> Typed:
        """Two operands, by Python's rules for their signs."""
        kind = wider(left.type, right.type, "whole")
        if "word" in (left.type, right.type) and left.type != right.type:
            raise Untranslatable(f"{self.function.name}: words and whole numbers in one operation")
        if isinstance(op, ast.Div):
            return Typed(f"((double){left.text} / (double){right.text})", "double")
        if isinstance(op, ast.Pow):
            return Typed(f"pow((double){left.text}, (double){right.text})", "double")
        if isinstance(op, ast.FloorDiv | ast.Mod) and kind == "whole":
            way = "floor_div" if isinstance(op, ast.FloorDiv) else "floor_mod"
            return Typed(f"{way}({left.text}, {right.text})", kind)
        if type(op) not in SIGNS:
            raise Untranslatable(f"{self.function.name}: {type(op).__name__} of {kind}")
        return Typed(f"(({kind}){left.text} {SIGNS[type(op)]} ({kind}){right.text})", kind)

    def of_unaryop(self, node: ast.UnaryOp) -> Typed:
        """One operand."""
        value = self.value(node.operand)
        if isinstance(node.op, ast.Not):
            return Typed(f"(!{value.text})", "bool")
        sign = {ast.USub: "-", ast.Invert: "~"}[cast("type[Any]", type(node.op))]
        return Typed(f"({sign}{value.text})", value.type)

    def of_compare(self, node: ast.Compare) -> Typed:
        """A comparison of two, or of more where those in the middle are names."""
        if not all(isinstance(one, ast.Name) for one in node.comparators[:-1]):
            raise Untranslatable(f"{self.function.name}: {ast.unparse(node)}")
        values = [self.value(one).text for one in (node.left, *node.comparators)]
        signs = [COMPARISONS[type(one)] for one in node.ops]
        pairs = zip(values, signs, values[1:], strict=False)
        return Typed(f"({' && '.join(f'({one} {sign} {other})' for one, sign, other in pairs)})", "bool")

    def of_boolop(self, node: ast.BoolOp) -> Typed:
        """And, or: as a condition only."""
        sign = " && " if isinstance(node.op, ast.And) else " || "
        return Typed(f"({sign.join(self.value(one).text for one in node.values)})", "bool")

    def of_ifexp(self, node: ast.IfExp) -> Typed:
        """One of two values."""
        one, other = self.value(node.body), self.value(node.orelse)
        kind = wider(one.type, other.type)
        return Typed(f"({self.value(node.test).text} ? ({kind}){one.text} : ({kind}){other.text})", kind)

    def of_call(self, node: ast.Call) -> Typed:
        """A function of the kernel, of the C library, or a change of type."""
        name = ast.unparse(node.func)
        values = [self.value(one) for one in node.args]
        if name in self.known:
            return Typed(f"{name}({', '.join(one.text for one in values)})", self.known[name].result)
        if name == "fetch":
            return Typed(f"__builtin_prefetch({values[0].text} + {values[1].text})", "void")
        if name in CASTS:
            return Typed(f"({CASTS[name]})({values[0].text})", CASTS[name])
        if name in MATHS:
            text = f"{MATHS[name]}((double){values[0].text})"
            return Typed(f"((whole){text})", "whole") if name == "math.floor" else Typed(text, "double")
        if name in ("min", "max"):
            kind = wider(*(one.type for one in values))
            text = values[0].text
            for one in values[1:]:
                text = f"{'least' if name == 'min' else 'most'}<{kind}>({text}, {one.text})"
            return Typed(text, kind)
        if name == "abs":
            kind = values[0].type
            return Typed(f"{'std::fabs' if kind == 'double' else 'std::llabs'}({values[0].text})", kind)
        raise Untranslatable(f"{self.function.name}: {ast.unparse(node)}")


for _name in ("if", "while", "for", "return", "pass", "break", "continue"):
    setattr(Body, _name, getattr(Body, _name + "_"))


def functions() -> dict[str, Function]:
    """Every function of the kernel by its name."""
    found: dict[str, Function] = {}
    for path in sorted(Path(cast(str, kernel.__file__)).parent.glob("*.py")):
        if path.stem in NOT_TRANSLATED:
            continue
        module = importlib.import_module(f"{kernel.__name__}.{path.stem}")
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef):
                if node.name in found:
                    raise Untranslatable(f"two functions are called {node.name}")
                found[node.name] = Function(module, node)
    return found


def translate() -> str:
    """The kernel as one file of C++."""
    known = functions()
    heads = [one.head() + ";" for one in known.values()]
    bodies = [Body(one, known).text() for one in known.values()]
    entry = 'extern "C" void run(const whole *p, const double *f, whole *m) { simulate(p, f, m); }'
    return "\n".join([HEAD, *heads, *bodies, entry, ""])


def build(folder: Path) -> Callable[[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]], None] | None:
    """The kernel as built by g++: called with the park's memories and a fresh state it runs one replication.

    None where there is no g++.
    """
    if shutil.which("g++") is None:
        return None
    source, library = folder / "twin.cpp", folder / "twin.so"
    source.write_text(translate(), "utf-8")
    subprocess.run(["g++", *FLAGS, "-o", str(library), str(source)], check=True)
    entry = ctypes.CDLL(str(library)).run
    entry.argtypes, entry.restype = [ctypes.c_void_p] * 3, None

    def run(p: NDArray[np.int64], f: NDArray[np.float64], m: NDArray[np.int64]) -> None:
        entry(p.ctypes.data, f.ctypes.data, m.ctypes.data)

    return run
