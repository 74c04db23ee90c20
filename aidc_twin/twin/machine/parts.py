"""How the kernel is put together: its functions are parts, and what Python calls holds them all and is compiled once.

Numba makes a library of every function with all that it calls, optimises it and generates its machine code, and does so
again for every caller: a function is compiled as often as there are ways to it. A part is only translated to LLVM's
language. A whole links its parts, and theirs, each once, and is optimised when all of it is in sight.
"""

# numba's compiler interface has no types
# pyright: basic

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from numba import _dynfunc, types  # pyright: ignore[reportAttributeAccessIssue]  because it is written in C
from numba.core import typed_passes as typed
from numba.core import untyped_passes as untyped
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import CompilerBase
from numba.core.compiler_machinery import PassManager, register_pass

from aidc_twin.twin.kernel.jit import APART
from aidc_twin.twin.machine.one_type import OneType


class Part(JITCodeLibrary):
    """A function as it was written; a library of its own to which nothing is linked."""

    def finalize(self) -> None:
        """Neither link nor generate anything."""
        self._raise_if_finalized()
        self._finalized = True


class Whole(JITCodeLibrary):
    """A function with all that it calls."""

    def finalize(self) -> None:
        """Link the parts, and what they call, each once; then compile."""
        self._open = {one.name for one in self._final_module.functions if not one.is_declaration}
        found = dict.fromkeys(self._linking_libraries)
        rest = list(found)
        while rest:
            library = rest.pop()
            if isinstance(library, Part):
                rest += [one for one in library._linking_libraries if one not in found]
                found |= dict.fromkeys(library._linking_libraries)
        self._linking_libraries = list(found)
        super().finalize()

    def _optimize_final_module(self) -> None:
        """Parts are called from nowhere else, so that LLVM may change how: what they return for no reason, what is
        handed over in vain.
        """
        for one in self._final_module.functions:
            if not one.is_declaration and one.name not in self._open:
                one.linkage = "internal"
        passes, builder = self._codegen._module_pass_manager()
        with self._recorded_timings.record("Module passes", builder):
            passes.run(self._final_module, builder)


@register_pass(mutates_CFG=False, analysis_only=False)
class PartLowering(typed.NativeLowering):
    """Translate a function to LLVM's language."""

    _name = "part_lowering"

    def run_pass(self, state: Any) -> bool:
        """Make a part, and something that stands for it among numba's functions."""
        state.library = Part(state.targetctx.codegen(), state.func_id.func_qualname)
        state.flags.no_compile = True
        super().run_pass(state)
        lowered = state.cr
        if hasattr(state.func_id.func, APART):
            made = state.library._final_module.get_function(lowered.fndesc.llvm_func_name)
            made.add_function_attribute("noinline")
        module, name = lowered.fndesc.lookup_module(), lowered.fndesc.qualname
        stand_in = _dynfunc.make_function(module, name, "a part of the kernel", 0, lowered.env, (state.library,))
        state.library.finalize()
        state.targetctx.insert_user_function(stand_in, lowered.fndesc, [state.library])
        state.cr = lowered._replace(cfunc=stand_in)
        return True


@register_pass(mutates_CFG=False, analysis_only=False)
class WholeLowering(typed.NativeLowering):
    """Translate a function and compile it with all its parts."""

    _name = "whole_lowering"

    def run_pass(self, state: Any) -> bool:
        """Make a whole, whose machine code can be kept."""
        state.library = Whole(state.targetctx.codegen(), state.func_id.func_qualname)
        state.library.enable_object_caching()
        return super().run_pass(state)


class PartCompiler(CompilerBase):
    """Numba's passes for plain functions, without those for closures, contexts, generators and parallel loops.

    A variable of the kernel has one type wherever it is set (`OneType` sees to that), so that numba need not tell its
    values apart; LLVM does.
    """

    lowering: type = PartLowering

    def define_pipelines(self) -> list[Any]:
        """The one list of passes."""
        passes = PassManager("kernel")
        for one in (
            untyped.TranslateByteCode, untyped.FixupArgs, untyped.IRProcessing, untyped.GenericRewrites,
            typed.NopythonTypeInference, OneType, typed.IRLegalization, self.lowering, typed.NoPythonBackend,
        ):  # fmt: skip
            passes.add_pass(one, one._name)
        passes.finalize()
        return [passes]


class WholeCompiler(PartCompiler):
    """The same for a function that Python calls."""

    lowering: type = WholeLowering


@contextmanager
def in_one_go() -> Iterator[None]:
    """Keep numba's answers on the types of operators, and let Python look for no garbage.

    Numba asks for the sum of two whole numbers thousands of times; and what it makes is needed until the end.
    """
    known: dict[Any, Any] = {}
    ask = types.Function.get_call_type

    def get_call_type(self: Any, context: Any, args: Any, kws: Any) -> Any:
        if kws:
            return ask(self, context, args, kws)
        key = self, tuple(args)
        if key not in known:
            known[key] = ask(self, context, args, kws)
        return known[key]

    collects = gc.isenabled()
    gc.disable()
    types.Function.get_call_type = get_call_type
    try:
        yield
    finally:
        types.Function.get_call_type = ask
        if collects:
            gc.enable()
