"""Each conditioner against diffusers' own class: what its modulation layers really receive, at random weights."""

import diffusers
import pytest
import torch

from semantic_bottleneck.instrument.networks import conditioner_of, family_of
from semantic_bottleneck.models.diffusers.places import change_c
from semantic_bottleneck.models.layouts import LAYOUTS, layout_of
from semantic_bottleneck.models.registry import CONDITIONERS
from tests.unit.models.diffusers_cases import CASES

TOLERANCE = 1e-5
"""float32, of c near 1: diffusers takes the frequencies' exponential in float32, which moves the angle of t = 6000 by 4e-4."""


@pytest.mark.parametrize("name", CASES)
@torch.inference_mode()
def test_c_is_what_the_layers_receive(name):
    case, received = CASES[name], []
    module = case.build()
    change_c(module, LAYOUTS[case.family], lambda c: received.append(c) or c)
    for time in (case.time, 0.6 * case.time // 0.1 * 0.1):
        received.clear()
        arguments = case.arguments(time)
        module(**arguments)
        rows = {row: case.inputs[argument] for row, argument in case.rows.items()}
        made = conditioner_of(module).condition(arguments[case.time_argument], rows.get("", rows))
        assert received
        for c in received:
            torch.testing.assert_close(made.c, c, atol=TOLERANCE, rtol=TOLERANCE)
        assert (made.y is None) == (not LAYOUTS[case.family].enters)


@pytest.mark.parametrize("name", CASES)
@torch.inference_mode()
def test_every_layer_takes_the_changed_c(name):
    """With the change c -> 0 the output no longer depends on the time."""
    case = CASES[name]
    module = case.build()
    change_c(module, LAYOUTS[case.family], torch.zeros_like)
    outputs = [module(**case.arguments(time))[0] for time in (case.time, case.time / 2)]
    if case.family == "hunyuanvideo":  # its token refiner has a vector of its own
        assert not torch.equal(*outputs)
    else:
        torch.testing.assert_close(*outputs, atol=0, rtol=0)


@pytest.mark.parametrize("name", CASES)
def test_a_file_fits_its_own_layout_alone(name):
    names = CASES[name].build().state_dict().keys()
    assert [family for family, layout in LAYOUTS.items() if layout.fits(names)] == [CASES[name].family]
    assert family_of(CASES[name].build()) == CASES[name].family


def test_every_layout_has_a_class_a_conditioner_and_a_case():
    assert {case.family for case in CASES.values()} == LAYOUTS.keys()
    assert LAYOUTS.keys() <= CONDITIONERS.keys()
    for layout in LAYOUTS.values():
        assert all(hasattr(diffusers, name) for name in layout.classes)


def test_other_files_fit_no_layout():
    assert layout_of({"t_embedder.mlp.0.weight", "y_embedder.embedding_table.weight"}) is None
    torch.manual_seed(0)
    sprint = diffusers.SanaTransformer2DModel(**CASES["sana"].config, guidance_embeds=True)
    assert layout_of(sprint.state_dict().keys()) is None
