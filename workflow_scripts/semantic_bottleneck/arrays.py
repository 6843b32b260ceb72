"""Array types that say what their axes are: `Float[np.ndarray, "samples features"]`, one axis as `Int[np.ndarray, " samples"]`.

In a job such a type is the array type alone, so that no job needs or waits for jaxtyping. The tests put jaxtyping in the place
of this module (tests/shapes.py) and check every call: kind of number, number of axes, and that an axis of one name has one
length among the arguments and the result. An axis of any length is `_`, several or none are `...` (docs.kidger.site/jaxtyping).
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jaxtyping import Bool, Float, Float32, Float64, Int, Int64, Num, UInt8
else:

    class _Array:
        def __class_getitem__(cls, parameters):
            return parameters[0]

    Bool = Float = Float32 = Float64 = Int = Int64 = Num = UInt8 = _Array

__all__ = ["Bool", "Float", "Float32", "Float64", "Int", "Int64", "Num", "UInt8"]
