"""Structs whose arrays compiled code reads without counting references.

numba counts a reference each time compiled code reads an array field of a structref: an atomic addition and a
subtraction, some five nanoseconds each, which in a change function of a few loads is most of the time. Here a field is
handed out as a borrowed array, whose owner is null: numba drops the counting of those. It is safe because whoever calls
compiled code holds the struct; a field must therefore never be *returned* to Python (return a copy).
"""

from typing import Any

from numba import types
from numba.core import cgutils, imputils
from numba.core.datamodel import default_manager, models
from numba.core.typing.templates import AttributeTemplate
from numba.experimental.structref import _Utils
from numba.extending import infer_getattr, intrinsic, lower_getattr_generic, lower_setattr_generic


def _without_owner(context: Any, builder: Any, kind: Any, value: Any) -> Any:
    array = context.make_array(kind)(context, builder, value=value)
    array.meminfo = cgutils.get_null_value(array.meminfo.type)
    array.parent = cgutils.get_null_value(array.parent.type)
    return array._getvalue()


def field_values(context: Any, builder: Any, typ: Any, value: Any) -> Any:
    """Return the fields of a struct (while code is generated): no reference is counted."""
    return _Utils(context, builder, typ).get_data_struct(value)


def register(struct: type) -> type:
    """Register a structref type whose array fields are borrowed when read (as `structref.register`)."""
    default_manager.register(struct, models.StructRefModel)

    @infer_getattr
    class _Fields(AttributeTemplate):  # type: ignore[misc]
        key = struct

        def generic_resolve(self, typ: Any, attr: str) -> Any:
            return typ.field_dict.get(attr)

    @lower_getattr_generic(struct)  # type: ignore[untyped-decorator]
    def _get(context: Any, builder: Any, typ: Any, value: Any, attr: str) -> Any:
        kind = typ.field_dict[attr]
        found = getattr(field_values(context, builder, typ, value), attr)
        if isinstance(kind, types.Array):
            return _without_owner(context, builder, kind, found)
        return imputils.impl_ret_borrowed(context, builder, kind, found)

    @lower_setattr_generic(struct)  # type: ignore[untyped-decorator]
    def _set(context: Any, builder: Any, signature: Any, arguments: Any, attr: str) -> None:
        typ, given = signature.args
        data = field_values(context, builder, typ, arguments[0])
        kind = typ.field_dict[attr]
        value = context.cast(builder, arguments[1], given, kind)
        before = getattr(data, attr)
        context.nrt.incref(builder, kind, value)
        context.nrt.decref(builder, kind, before)
        setattr(data, attr, value)

    return struct


@intrinsic
def borrowed(_typing, array):  # type: ignore[no-untyped-def]
    """Return the array without an owner, so that slices of it count no references (within compiled code)."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _without_owner(context, builder, signature.return_type, arguments[0])

    return array(array), generate
