"""A memory as compiled code sees it: a bare pointer to cells, where an array would be ten words for every call.

An array that is handed from function to function costs its whole description each time, a look at the sign of every
index, and most of the time of compiling. Numba types of our own give the kernel the address only: ``memory[i]`` is one
load and ``memory[i] = x`` one store, without any check.
"""

# numba's extension interface has no types
# pyright: basic

from __future__ import annotations

import operator
from typing import Any, cast

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import intrinsic, lower_builtin, models, register_model

from aidc_twin.twin.kernel.layout import COUNTERS, STATE_HEADER


class CellsType(types.Type):
    """Cells of int64 or float64.

    Those from `fixed` to `end` do not change while compiled code runs, so that it need not read them again.
    """

    def __init__(self, *, real: bool, fixed: int, end: int) -> None:
        self.dtype = types.float64 if real else types.int64
        self.fixed, self.end = fixed, end
        super().__init__(name=f"Cells({self.dtype},{fixed},{end})")

    @property
    def frozen(self) -> bool:
        """Whether no cell changes."""
        return self.fixed == 0


FROZEN, FROZEN_REAL = CellsType(real=False, fixed=0, end=1 << 62), CellsType(real=True, fixed=0, end=1 << 62)
"""The memories of a park, which compiled functions only read."""
STATE = CellsType(real=False, fixed=COUNTERS, end=STATE_HEADER)
"""The memory of a replication, which they write, but for its header; see `kernel.layout`."""


@register_model(CellsType)
class _Model(models.PrimitiveModel):
    def __init__(self, dmm: Any, fe_type: CellsType) -> None:
        number = ir.DoubleType() if fe_type.dtype == types.float64 else ir.IntType(64)
        super().__init__(dmm, fe_type, number.as_pointer())


@cast("Any", infer_global)(operator.getitem)
class _GetTemplate(AbstractTemplate):
    def generic(self, args: Any, kws: Any) -> Any:
        if len(args) == 2 and isinstance(args[0], CellsType) and isinstance(args[1], types.Integer):
            return signature(args[0].dtype, args[0], types.intp)
        return None


@cast("Any", infer_global)(operator.setitem)
class _SetTemplate(AbstractTemplate):
    def generic(self, args: Any, kws: Any) -> Any:
        if len(args) == 3 and isinstance(args[0], CellsType) and isinstance(args[1], types.Integer):
            return signature(types.void, args[0], types.intp, args[0].dtype)
        return None


@lower_builtin(operator.getitem, CellsType, types.Integer)
def _get(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    return _load(builder, builder.gep(args[0], [args[1]]), constant=sig.args[0].frozen)


@lower_builtin("static_getitem", CellsType, types.IntegerLiteral)
def _get_at(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    index = context.get_constant(types.intp, args[1])
    constant = sig.args[0].fixed <= args[1] < sig.args[0].end
    return _load(builder, builder.gep(args[0], [index]), constant=constant)


def _load(builder: Any, pointer: Any, *, constant: bool) -> Any:
    """A load; of a cell that never changes it needs no repetition."""
    loaded = builder.load(pointer)
    if constant:
        loaded.set_metadata("invariant.load", builder.module.add_metadata([]))
    return loaded


@lower_builtin(operator.setitem, CellsType, types.Integer, types.Number)
def _set(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    builder.store(args[2], builder.gep(args[0], [args[1]]))
    return context.get_dummy_value()


@intrinsic
def fetch(typing_context: Any, m: Any, i: Any) -> Any:
    """Lower `kernel.jit.fetch`."""
    return types.void(m, i), _fetch


def _fetch(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    """Lower `fetch` to LLVM's prefetch: for reading and writing, to be kept, data."""
    number, address = ir.IntType(32), ir.PointerType(ir.IntType(8))
    kind = ir.FunctionType(ir.VoidType(), [address, number, number, number])
    prefetch = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
    cell = builder.bitcast(builder.gep(args[0], [args[1]]), address)
    builder.call(prefetch, [cell, number(0), number(3), number(1)])
    return context.get_dummy_value()
