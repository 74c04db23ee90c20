"""How the kernel is put together: its functions are parts, and what Python calls holds them all and is compiled once.

Numba makes a library of every function with all that it calls, optimises it and generates its machine code, and does so
again for every caller: a function is compiled as often as there are ways to it. A part is only translated to LLVM's
language. A whole links its parts, and theirs, each once, and is optimised when all of it is in sight.
"""

# numba's compiler interface has no types
# pyright: basic

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FunctionType, SimpleNamespace
from typing import Any, NamedTuple

import llvmlite.binding as llvm
from numba import _dynfunc, types  # pyright: ignore[reportAttributeAccessIssue]  because it is written in C
from numba.core import typed_passes as typed
from numba.core import untyped_passes as untyped
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import CompilerBase
from numba.core.compiler_machinery import LoweringPass, PassManager, register_pass
from numba.core.environment import Environment
from numba.core.funcdesc import PythonFunctionDescriptor
from numba.core.runtime.nrt import rtsys

from aidc_twin.twin.kernel.jit import APART
from aidc_twin.twin.machine.one_type import OneType


class Part(JITCodeLibrary):
    """A function as it was written; a library of its own to which nothing is linked."""

    def finalize(self) -> None:
        """Neither link nor generate anything."""
        self._raise_if_finalized()
        self._finalized = True

    @property
    def code(self) -> bytes:
        """It in LLVM's binary form."""
        return self._final_module.as_bitcode()

    @property
    def calls(self) -> tuple[str, ...] | None:
        """Names of the parts that it calls, once for each call; None if it calls functions that numba has made, too."""
        called = [one for one in self._linking_libraries if one is not rtsys.library]
        return tuple(one.name for one in called) if all(isinstance(one, Part) for one in called) else None

    def take(self, given: Given) -> None:
        """Be what has been made elsewhere."""
        if given.code:
            self._final_module = llvm.parse_bitcode(given.code)
        for called in given.calls:
            self.add_linking_library(called)


class Given(NamedTuple):
    """A part that is not made here: its code, and the parts that it calls; without both it is declared only."""

    code: bytes = b""
    calls: Sequence[Part] = ()


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


class _Pass(LoweringPass):
    """A pass of ours."""

    def __init__(self) -> None:
        super().__init__()


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
        state.cr = lowered._replace(cfunc=_stand_in(state, lowered.fndesc, lowered.env))
        return True


@register_pass(mutates_CFG=False, analysis_only=False)
class PartTaking(_Pass):
    """Take a part that is not made here by what its annotations tell."""

    _name = "part_taking"

    def run_pass(self, state: Any) -> bool:
        """Make what stands for it among numba's functions."""
        known, flags, context = state.func_id, state.flags, state.targetctx
        flags.no_compile = True  # as where it is made, since names tell the flags
        state.library = Part(context.codegen(), known.func_qualname)
        state.library.take(GIVEN[known.func])
        described = PythonFunctionDescriptor(
            native=True, modname=known.modname, qualname=known.func_qualname, unique_name=known.unique_name, doc="",
            typemap={}, restype=state.return_type, calltypes={}, args=tuple(known.arg_names), kws=(),
            mangler=context.mangler, argtypes=state.args, inline=flags.forceinline, noalias=flags.noalias,
            abi_tags=[flags.get_mangle_string()], uid=known.unique_id,
        )  # fmt: skip
        env = Environment.from_fndesc(described)
        stand_in = _stand_in(state, described, env)
        state.cr = SimpleNamespace(fndesc=described, env=env, cfunc=stand_in, call_helper=None)
        return True


def _stand_in(state: Any, described: Any, env: Any) -> Any:
    """What stands for a part among numba's functions, so that others can call it."""
    module, name = described.lookup_module(), described.qualname
    stand_in = _dynfunc.make_function(module, name, "a part of the kernel", 0, env, (state.library,))
    state.library.finalize()
    state.targetctx.insert_user_function(stand_in, described, [state.library])
    return stand_in


@register_pass(mutates_CFG=False, analysis_only=False)
class WholeLowering(typed.NativeLowering):
    """Translate a function and compile it with all its parts."""

    _name = "whole_lowering"

    def run_pass(self, state: Any) -> bool:
        """Make a whole, whose machine code can be kept."""
        state.library = Whole(state.targetctx.codegen(), state.func_id.func_qualname)
        state.library.enable_object_caching()
        return super().run_pass(state)


@register_pass(mutates_CFG=False, analysis_only=False)
class Naming(_Pass):
    """Name a function without the number that numba gives it, which depends on what was compiled before: functions of
    the kernel have names of their own, and other processes must find them.
    """

    _name = "naming"

    def run_pass(self, state: Any) -> bool:
        """Replace the number."""
        state.func_id.unique_id = 0
        state.func_id.unique_name = state.func_id.func_qualname
        return True


GIVEN: dict[FunctionType, Given] = {}
"""What is not to be made here."""


class PartCompiler(CompilerBase):
    """Numba's passes for plain functions, without those for closures, contexts, generators and parallel loops.

    A variable of the kernel has one type wherever it is set (`OneType` sees to that), so that numba need not tell its
    values apart; LLVM does.
    """

    lowering: type = PartLowering

    def define_pipelines(self) -> list[Any]:
        """The one list of passes."""
        passes = PassManager("kernel")
        making = (
            untyped.TranslateByteCode, untyped.FixupArgs, untyped.IRProcessing, untyped.GenericRewrites,
            typed.NopythonTypeInference, OneType, typed.IRLegalization, self.lowering,
        )  # fmt: skip
        found = (PartTaking,) if self.state.func_id.func in GIVEN else making
        for one in (Naming, *found, typed.NoPythonBackend):
            passes.add_pass(one, one._name)
        passes.finalize()
        return [passes]


class WholeCompiler(PartCompiler):
    """The same for a function that Python calls."""

    lowering: type = WholeLowering


@contextmanager
def in_one_go() -> Iterator[None]:
    """Keep numba's answers on the types of operators, and let Python look for no garbage.

    Numba asks for the sum of two whole numbers thousands of times; and what it makes is needed until the end. Then it
    counts as old, so that Python does not go through all of it at once.
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
        gc.freeze()
        gc.unfreeze()
        if collects:
            gc.enable()
