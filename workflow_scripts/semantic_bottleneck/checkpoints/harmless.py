"""What training scripts save beside the weights, by the names that pickles give it, and what stands for each of them here.

A pickle calls the names that it may use with arguments of its own choosing, and even plain classes can be turned against
their reader: an array, a `bytes` or a `range` in a list asks for any amount of memory, a `defaultdict` calls its factory,
numpy restores objects. As nothing beside the weights is ever used, no name of this list is the class itself: containers
that may hold tensors are plain ones, everything else is `Inert`.
"""

from collections.abc import Callable


class Inert:
    """Takes any arguments and any state, and keeps and does nothing."""

    __slots__ = ()

    def __new__(cls, *_):
        return super().__new__(cls)

    def __setstate__(self, _: object) -> None:
        """Forget the state."""


def empty_dict(*_) -> dict:
    """In place of a defaultdict without its factory; the pickle fills in the items."""
    return {}


def empty_list(*_) -> list:
    """In place of a deque; the pickle appends the items."""
    return []


_NUMPY_TYPES = (
    "bool bool_ int8 int16 int32 int64 intc int_ long longlong uint8 uint16 uint32 uint64 uintc uint ulong ulonglong "
    "float16 float32 float64 float96 float128 longdouble complex64 complex128 complex192 complex256 clongdouble "
    "str_ bytes_ void object_ datetime64 timedelta64"
)
_NUMPY_DTYPES = (
    "Bool Int8 Int16 Int32 Int64 Byte Short Int Long LongLong UInt8 UInt16 UInt32 UInt64 UByte UShort UInt ULong ULongLong "
    "Float16 Float32 Float64 LongDouble Complex64 Complex128 CLongDouble Str Bytes Void Object DateTime64 TimeDelta64 String"
)
_PLAIN = {
    # Two names each, since numpy 2 moved its core and Python 3.13 its paths.
    **dict.fromkeys(("numpy.core.multiarray", "numpy._core.multiarray"), "scalar _reconstruct"),
    **dict.fromkeys(("pathlib", "pathlib._local"), "Path PosixPath WindowsPath PurePath PurePosixPath PureWindowsPath"),
    "numpy": f"dtype ndarray {_NUMPY_TYPES}",
    "numpy.dtypes": " ".join(f"{name}DType" for name in _NUMPY_DTYPES.split()),
    "builtins": "slice range frozenset bytes str int float bool list tuple dict",
    "datetime": "date time datetime timedelta timezone",
    "argparse": "Namespace",
    "types": "SimpleNamespace",
    "torch.torch_version": "TorchVersion",
}

HARMLESS: dict[str, Callable] = {
    "collections.defaultdict": empty_dict,
    "collections.deque": empty_list,
    **{f"{module}.{name}": Inert for module, names in _PLAIN.items() for name in names.split()},
}
"""Full name in the pickle -> what is called in its place; torch's own loader adds tensors, OrderedDict, sizes, dtypes."""

DESCRIBED = "numpy's numbers and arrays, paths, times, plain containers, argparse.Namespace"
