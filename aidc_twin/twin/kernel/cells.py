"""A memory as compiled code sees it: a bare pointer to cells, where an array would be ten words for every call.

An array that is handed from function to function costs its whole description each time, a look at the sign of every
index, and most of the time of compiling. `frozen` and `state` give the kernel the address only: ``memory[i]`` is one
load and ``memory[i] = x`` one store, without any check. Where the compiler is switched off the array itself is used.
"""

# numba's extension interface has no types
# pyright: basic

from __future__ import annotations

import operator
from typing import Any, cast

import numpy as np
from llvmlite import ir
from numba import config, types
from numba.core import cgutils
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import NativeValue, intrinsic, lower_builtin, models, register_model, typeof_impl, unbox
from numpy.typing import NDArray

from aidc_twin.twin.kernel.layout import COUNTERS, F64, I64, STATE_HEADER, Int, Real, Whole

COMPILER_OFF = bool(getattr(config, "DISABLE_JIT", False))


class Cells:
    """A contiguous array of int64 or float64, as an argument of compiled functions; it keeps the array alive.

    Cells from `fixed` to `end` do not change while compiled code runs, so that it need not read them again.
    """

    def __init__(self, array: NDArray[Any], fixed: int, end: int) -> None:
        """Take the address of an array."""
        if array.dtype not in (np.int64, np.float64) or not array.flags.c_contiguous:
            raise TypeError(f"cells are contiguous int64 or float64, not {array.dtype}")
        self.array = array
        self.address: int = array.ctypes.data
        self.real = array.dtype == np.float64
        self.fixed, self.end = fixed, end


def frozen(array: I64) -> Whole:
    """The memory of an array of whole numbers that compiled functions only read."""
    return cast("Whole", array if COMPILER_OFF else Cells(array, 0, 1 << 62))


def frozen_real(array: F64) -> Real:
    """The memory of an array of real numbers that compiled functions only read."""
    return cast("Real", array if COMPILER_OFF else Cells(array, 0, 1 << 62))


def state(array: I64) -> Whole:
    """The memory of an array that compiled functions write, but for its header; see `layout`."""
    return cast("Whole", array if COMPILER_OFF else Cells(array, COUNTERS, STATE_HEADER))


class CellsType(types.Type):
    """Numba's type of `Cells`."""

    def __init__(self, *, real: bool, fixed: int, end: int) -> None:
        """Of float64 or of int64."""
        self.dtype = types.float64 if real else types.int64
        self.fixed, self.end = fixed, end
        super().__init__(name=f"Cells({self.dtype},{fixed},{end})")

    @property
    def frozen(self) -> bool:
        """Whether no cell changes."""
        return self.fixed == 0


@typeof_impl.register(Cells)
def _type_of(value: Cells, _context: Any) -> CellsType:
    return CellsType(real=value.real, fixed=value.fixed, end=value.end)


@register_model(CellsType)
class _Model(models.PrimitiveModel):
    def __init__(self, dmm: Any, fe_type: CellsType) -> None:
        number = ir.DoubleType() if fe_type.dtype == types.float64 else ir.IntType(64)
        super().__init__(dmm, fe_type, number.as_pointer())


@unbox(CellsType)
def _unbox(typ: CellsType, value: Any, c: Any) -> NativeValue:
    address = c.pyapi.object_getattr_string(value, "address")
    pointer = c.pyapi.long_as_voidptr(address)
    c.pyapi.decref(address)
    return NativeValue(c.builder.bitcast(pointer, c.context.get_value_type(typ)))


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


if COMPILER_OFF:

    def fetch(m: Whole, i: Int) -> None:
        """Say that a cell will be needed soon: nothing to do without a compiler."""
else:

    @intrinsic
    def fetch(typing_context: Any, m: Any, i: Any) -> Any:
        """Say that a cell will be needed soon, so that the processor brings it near in the meantime."""
        return types.void(m, i), _fetch


def _fetch(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    """Lower `fetch` to LLVM's prefetch: for reading and writing, to be kept, data."""
    number, address = ir.IntType(32), ir.PointerType(ir.IntType(8))
    kind = ir.FunctionType(ir.VoidType(), [address, number, number, number])
    prefetch = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
    cell = builder.bitcast(builder.gep(args[0], [args[1]]), address)
    builder.call(prefetch, [cell, number(0), number(3), number(1)])
    return context.get_dummy_value()
