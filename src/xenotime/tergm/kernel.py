"""From a plain change function to compiled code that every loop can call: the contract between terms and engines.

A term's change function is ordinary Python, ``change(graph, table, i, j, out)``: it writes into ``out`` what the
term's statistics gain when the tie i→j is present rather than absent, *whatever its present state*. This module
compiles it with numba, once a process, to the one `SIGNATURE`, and hands out its machine address. Engines (the design
matrix of `design.py`, a Metropolis sampler) hold such addresses in an integer array and call them with `call_change`,
so that a new formula compiles nothing, and a user's own term runs at the speed of ours. The call costs a few
nanoseconds; on edges + mutual + gwesp it is faster than inlining, since the graph is one pointer.
"""

import sys
from collections.abc import Callable
from functools import cache
from typing import Any, cast

import numba
import numpy as np
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from xenotime.core import InputError
from xenotime.tergm.graph import GRAPH

TABLE = types.Array(types.float64, 2, "C")
VECTOR = types.Array(types.float64, 1, "C")
#: ``void change(graph, table (rows, columns) float64, i, j, out (statistics,) float64)``
SIGNATURE = types.void(GRAPH, TABLE, types.int64, types.int64, VECTOR)


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a loop with numba (cached on disk, releases the GIL); any arguments."""
    return cast(Callable[..., Any], numba.njit(cache=True, nogil=True)(function))


@cache
def _dispatcher(function: Callable[..., None]) -> Any:
    # Code typed at a prompt or run from a document belongs to no module that a later process could load it for.
    module = sys.modules.get(function.__module__)
    in_module = function.__module__ != "__main__" and getattr(module, "__file__", None) == function.__code__.co_filename
    return numba.njit(SIGNATURE, cache=in_module, nogil=True)(function)


@cache
def kernel_address(function: Callable[..., None]) -> int:
    """Compile a change function to `SIGNATURE` and return its machine address.

    The compiled code is kept for the life of the process. Raises `InputError` where numba cannot compile it.
    """
    try:
        dispatcher = _dispatcher(function)
    except numba.core.errors.NumbaError as error:
        raise InputError(
            f"the change function '{function.__qualname__}' does not compile: {error}",
            where=f"{function.__code__.co_filename}:{function.__code__.co_firstlineno}",
            remedy="use numbers, loops and NumPy arrays only (docs/how-to/new-term.md)",
        ) from error
    (result,) = dispatcher.overloads.values()
    return int(result.library.get_pointer_to_function(result.fndesc.llvm_func_name))


def emit_call(context: Any, builder: Any, address: Any, arguments: Any) -> Any:
    """Emit the call of the change kernel at an address; arguments as in `SIGNATURE`."""
    form = context.call_conv.get_function_type(SIGNATURE.return_type, SIGNATURE.args)
    pointer = builder.inttoptr(address, form.as_pointer())
    status, _ = context.call_conv.call_function(builder, pointer, SIGNATURE.return_type, SIGNATURE.args, arguments)
    with cgutils.if_unlikely(builder, status.is_error):
        context.call_conv.return_status_propagate(builder, status)
    return context.get_dummy_value()


@intrinsic
def call_change(_typing, address, graph, table, i, j, out):  # type: ignore[no-untyped-def]
    """Call the change kernel at `address` (within compiled code)."""

    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return emit_call(context, builder, arguments[0], arguments[1:])

    return types.void(types.intp, GRAPH, TABLE, types.int64, types.int64, VECTOR), generate


@intrinsic
def as_pointer(_typing, address):  # type: ignore[no-untyped-def]
    """Turn an integer address into a pointer that `numba.carray` takes (within compiled code)."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], cgutils.voidptr_t)

    return types.voidptr(types.intp), generate


def as_table(values: Any) -> np.ndarray:
    """Return values as the (rows, columns) float64 table a kernel reads."""
    return np.ascontiguousarray(np.atleast_2d(np.asarray(values, dtype=np.float64)))
