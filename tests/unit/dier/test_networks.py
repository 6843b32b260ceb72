"""Encoders and the joint network: shapes, the part t plays, and what enters c."""

import pytest
import torch

from semantic_bottleneck.dier.encoders import normalised
from semantic_bottleneck.dier.run import untrained
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.study.dier_sizes import SIZES
from tests.unit.dier.conftest import CLASSES, settings

SHAPE = (1, 8, 8)


def network(shape=SHAPE, **changed):
    return untrained(settings(**changed), shape, CLASSES, 0)


def draws(*shape):
    return torch.randn(shape, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("encoder", ["cnn", "vit"])
@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 16, 16)])
def test_shapes_and_the_part_of_t(encoder, shape):
    built = network(shape, encoder=encoder, embedding=6)
    with torch.no_grad():
        for weight in built.encoder.parameters():  # a fresh ViT's modulation is zero: t would have no way in
            weight += 0.05 * torch.randn(weight.shape, generator=torch.Generator().manual_seed(weight.numel()))
        images, t = draws(5, *shape), torch.tensor([0, 100, 500, 900, 999])
        v = built.embed(images, t)
        assert v.shape == (5, 6)
        assert not torch.allclose(v, built.embed(images, t.flip(0)))
        assert built.predict(images, t, v).shape == images.shape


@pytest.mark.parametrize("encoder", ["cnn", "vit"])
def test_an_encoder_without_t_ignores_it(encoder):
    built = network(encoder=encoder, encoder_timestep=False)
    images = draws(3, *SHAPE)
    with torch.no_grad():
        assert torch.equal(*(built.embed(images, torch.full((3,), t)) for t in (0, 999)))
    assert built.encoder.time is None


def test_c_is_the_timestep_embedding_plus_the_projected_vector():
    built, t, v = network(), torch.tensor([10, 20]), draws(2, 4)
    with torch.no_grad():
        projected = built.project(v)
        torch.testing.assert_close(built.condition(projected, t), built.backbone.t_embedder(t) + projected)
        blind = network(decoder_timestep=False)
        assert torch.equal(blind.condition(projected, t), projected)


def test_the_backbone_is_the_dit_of_the_other_studies():
    built = network(kind="backbone")
    x, t = draws(2, *SHAPE), torch.tensor([3, 4])
    with torch.no_grad():
        for weight in built.parameters():
            weight += 0.05 * torch.randn(weight.shape, generator=torch.Generator().manual_seed(weight.numel()))
        layers = built.features(x, t)
        assert [layer.shape for layer in layers] == [(2, 16)] * 2
        assert not torch.allclose(*layers)
    assert not any(block._forward_hooks for block in built.backbone.blocks)


def test_normalisation_of_v():
    v = draws(7, 16)
    assert torch.equal(normalised(v, "none"), v)
    torch.testing.assert_close(normalised(v, "l2").norm(dim=1), torch.full((7,), 4.0))
    torch.testing.assert_close(normalised(v, "layernorm").mean(dim=1), torch.zeros(7), atol=1e-6, rtol=0)
    assert network(normalise="l2").embed(draws(2, *SHAPE), torch.zeros(2)).norm(dim=1).tolist() == pytest.approx([2.0, 2.0])


def test_starting_values_are_a_function_of_the_seed():
    states = [untrained(settings(), SHAPE, CLASSES, seed).state_dict() for seed in (0, 0, 1)]
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])
    assert not torch.equal(states[0]["project.weight"], states[2]["project.weight"])


@pytest.mark.parametrize("size", SIZES)
def test_every_named_size_builds(size):
    with torch.device("meta"):
        built = network((3, 32, 32), size=size, embedding=32)
    assert built.project.in_features == 32


def test_dit_tiny_has_the_sizes_of_vit_tiny():
    assert (SIZES["tiny"].hidden_size, SIZES["tiny"].depth, SIZES["tiny"].num_heads) == (192, 12, 3)


def test_strides_that_do_not_divide_the_picture_are_named():
    with pytest.raises(UserError, match=r"strides \[3, 1\] do not divide images of 8 pixels"):
        network(strides=[3, 1])
