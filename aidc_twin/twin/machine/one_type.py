"""A check while the kernel is compiled: each variable of a function has one type."""

# numba's compiler interface has no types
# pyright: basic

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from numba.core import ir, types
from numba.core.compiler_machinery import FunctionPass, register_pass


@register_pass(mutates_CFG=False, analysis_only=True)
class OneType(FunctionPass):
    """Refuse a function in which a variable is set to values of two types.

    The kernel's functions are typed without telling a variable's values apart, so numba would make a real number of a
    whole one that shares its name, and plain Python would not. A truth may share a whole number's: it counts as 0 or 1
    in both.
    """

    _name = "one_type"

    def __init__(self) -> None:
        FunctionPass.__init__(self)

    def run_pass(self, state: Any) -> bool:
        """Raise TypeError with all such variables; nothing is changed."""
        found = list(_mixed(state))
        if found:
            raise TypeError(f"{state.func_id.func_qualname}: " + "; ".join(found))
        return False


def _mixed(state: Any) -> Iterator[str]:
    for block in state.func_ir.blocks.values():
        for place in block.find_insts(ir.Assign):
            held, given = state.typemap[place.target.name], _type(place.value, state)
            if given is not None and types.unliteral(given) not in (types.unliteral(held), types.boolean):
                yield f"{place.target.name} is {held}, and set to {given} in line {place.loc.line}"


def _type(value: Any, state: Any) -> Any:
    """What numba knows of the type of a value; None of those that are no numbers."""
    if isinstance(value, ir.Var):
        return state.typemap[value.name]
    if isinstance(value, ir.Const):
        return state.typingctx.resolve_value_type(value.value)
    if isinstance(value, ir.Arg):
        return state.args[value.index]
    made = state.calltypes.get(value)
    return getattr(made, "return_type", None)
