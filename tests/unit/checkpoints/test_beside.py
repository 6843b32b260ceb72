"""What stands beside the weights is harmless and does not hinder reading; nothing of it is ever called."""

from collections import defaultdict

import pytest
import torch

from semantic_bottleneck.checkpoints.harmless import HARMLESS, Inert
from semantic_bottleneck.checkpoints.read import read_tensors
from semantic_bottleneck.errors import UserError
from tests.sections import checkpoint_of
from tests.unit.checkpoints.beside import HONEST, called, harm, named, planted, value
from tests.unit.checkpoints.conftest import pt_bytes, trainer_file
from tests.unit.checkpoints.same import require_same

CARD = {"files": [{"url": "a.pt"}], "keys": ["ema"]}


@pytest.fixture
def read(tmp_path):
    """The tensors of a file of these bytes."""

    def read_bytes(content: bytes) -> dict[str, torch.Tensor]:
        (tmp_path / "a.pt").write_bytes(content)
        return read_tensors(checkpoint_of(CARD), None, base=tmp_path).tensors

    return read_bytes


@pytest.mark.parametrize("legacy", [False, True])
@pytest.mark.parametrize("thing", sorted(HONEST))
def test_honest_company(read, weights, thing, legacy):
    require_same(read(pt_bytes(trainer_file(weights, {}) | {"extra": HONEST[thing]}, legacy)), weights)


@pytest.mark.parametrize("legacy", [False, True])
@pytest.mark.parametrize("new", [False, True])
def test_every_admitted_name_on_any_version(read, weights, new, legacy):
    classes = [name for name, stand_in in HARMLESS.items() if stand_in is Inert or not new]
    calls = [called(name, value("a"), value(1 << 62), named(name), new=new) for name in classes]
    calls = b"(" + b"".join(calls) + b"t"
    require_same(read(planted({"ema": weights}, calls, legacy)), weights)


@pytest.mark.parametrize("legacy", [False, True])
@pytest.mark.parametrize("kind", sorted(harm("x")))
def test_admitted_names_do_nothing(tmp_path, read, weights, kind, legacy):
    sentinel = tmp_path / "executed"
    opcodes = harm(sentinel)[kind]
    content = planted({"ema": weights}, opcodes, legacy)
    require_same(read(content), weights)
    assert not sentinel.exists()


@pytest.mark.parametrize("legacy", [False, True])
def test_weights_inside_a_defaultdict_are_kept(tmp_path, read, weights, legacy):
    require_same(read(pt_bytes(defaultdict(dict, {"ema": defaultdict(None, weights), "step": 1}), legacy)), weights)


@pytest.mark.parametrize(
    "name",
    [
        *("builtins.getattr", "builtins.eval", "builtins.type", "builtins.open", "builtins.object", "builtins.super"),
        *("numpy.load", "numpy.fromfile", "numpy.memmap", "numpy.core.multiarray.fromstring", "numpy.lib.npyio.load"),
        *("pathlib.os", "pathlib.Path.touch", "pathlib._local.os", "collections.namedtuple", "functools.partial"),
        *("operator.attrgetter", "copyreg._reconstructor", "torch.load", "types.FunctionType", "argparse.FileType"),
    ],
)
def test_everything_else_is_refused_by_name(read, weights, name):
    with pytest.raises(UserError, match=rf"asks to run {name.removeprefix('builtins.')}, which is not on the list"):
        read(planted(weights, called(name, value("a"))))


def test_newer_pickle_protocols_are_told(tmp_path, read, weights):
    torch.save(weights, tmp_path / "b.pt", pickle_protocol=4)
    with pytest.raises(UserError, match=r"newer protocol than .* save it again without pickle_protocol"):
        read((tmp_path / "b.pt").read_bytes())


@pytest.mark.parametrize("legacy", [False, True])
def test_parameters_are_tensors(read, weights, legacy):
    parameters = {name: torch.nn.Parameter(tensor, requires_grad=False) for name, tensor in weights.items()}
    require_same(read(pt_bytes({"ema": parameters, "best": HONEST["numpy float"]}, legacy)), weights)


def test_inert_keeps_nothing():
    thing = Inert("a", 1 << 62)
    thing.__setstate__({"a": 1})
    assert not hasattr(thing, "__dict__")
    assert {thing: 1}[thing] == 1
