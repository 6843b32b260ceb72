"""Modulations of a diffusers transformer computed beforehand on the host: same samples, and each map is applied once."""

from types import SimpleNamespace

import pytest
import torch
from diffusers import (
    DDIMScheduler,
    DiTTransformer2DModel,
    FlowMatchEulerDiscreteScheduler,
    FluxTransformer2DModel,
    PixArtTransformer2DModel,
    SD3Transformer2DModel,
)
from torch import nn

from semantic_bottleneck.compression.offloaded import offloaded_modulations
from semantic_bottleneck.errors import UserError

STEPS = 5


def dit():
    sizes = {"num_attention_heads": 2, "attention_head_dim": 8, "in_channels": 4, "out_channels": 8, "num_layers": 2}
    network = DiTTransformer2DModel(**sizes, sample_size=8, num_embeds_ada_norm=11)

    def call(x, t, number):
        labels = torch.tensor([number, 10])
        return network(torch.cat([x, x]), timestep=t.expand(2), class_labels=labels).sample[:1, :4]

    return network, call, DDIMScheduler(), (1, 4, 8, 8)


def sd3():
    sizes = {"sample_size": 8, "patch_size": 2, "in_channels": 4, "num_layers": 2, "attention_head_dim": 8}
    sizes |= {"num_attention_heads": 2, "joint_attention_dim": 12, "caption_projection_dim": 16}
    network = SD3Transformer2DModel(**sizes, pooled_projection_dim=12, out_channels=4, dual_attention_layers=(0,))
    texts = torch.randn(3, 4, 12, generator=torch.Generator().manual_seed(1))

    def call(x, t, number):
        rows = texts[[number, 2]]
        both = network(torch.cat([x, x]), rows, rows.mean(dim=1), t.expand(2)).sample
        return both[1:] + 4 * (both[:1] - both[1:])

    return network, call, FlowMatchEulerDiscreteScheduler(), (1, 4, 8, 8)


def flux():
    sizes = {"patch_size": 1, "in_channels": 4, "num_layers": 1, "num_single_layers": 2, "attention_head_dim": 16}
    sizes |= {"num_attention_heads": 2, "joint_attention_dim": 12, "pooled_projection_dim": 12, "axes_dims_rope": (4, 6, 6)}
    network = FluxTransformer2DModel(**sizes, guidance_embeds=True)
    texts = torch.randn(3, 4, 12, generator=torch.Generator().manual_seed(1))

    def call(x, t, number):
        places = {"txt_ids": torch.zeros(4, 3), "img_ids": torch.zeros(6, 3)}
        text = texts[[number]]
        given = {"timestep": t.expand(1) / 1000, "guidance": torch.full((1,), 3.5)}
        return network(x, encoder_hidden_states=text, pooled_projections=text.mean(dim=1), **given, **places).sample

    return network, call, FlowMatchEulerDiscreteScheduler(), (1, 6, 4)


def spread(network):
    """Weights that make every modulation matter; the library starts most of them at zero effect."""
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for tensor in network.parameters():
            tensor.uniform_(-0.3, 0.3, generator=generator)
    return network.eval()


@torch.inference_mode()
def sampled(call, scheduler, shape, number):
    scheduler.set_timesteps(STEPS)
    x = torch.randn(shape, generator=torch.Generator().manual_seed(7))
    for t in scheduler.timesteps:
        x = scheduler.step(call(x, t, number), t, x).prev_sample
    return x


@pytest.mark.parametrize("make", [dit, sd3, flux])
def test_a_trajectory_is_the_same_and_every_map_is_applied_once(make):
    network, call, scheduler, shape = make()
    pipeline = SimpleNamespace(transformer=spread(network), scheduler=scheduler)
    state = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    full = [sampled(call, scheduler, shape, number) for number in (0, 1)]
    assert (full[0] - full[1]).abs().max() > 1e-3
    with offloaded_modulations(pipeline):
        left = network.state_dict()
        maps = [name.removesuffix(".weight") for name in state if name.endswith(".weight") and name not in left]
        assert len(maps) >= 3
        assert all(
            name.endswith(("norm1.linear", "norm1_context.linear", "norm.linear", "norm_out.linear", "proj_out_1"))
            for name in maps
        )
        counts = []
        for module in network.modules():
            if hasattr(module, "_hidden"):
                module.linear.register_forward_hook(lambda *_: counts.append(1))
        for number in (0, 1, 0):
            torch.testing.assert_close(sampled(call, scheduler, shape, number), full[number], rtol=1e-5, atol=1e-5)
        assert len(counts) == 2 * len(maps)  # the third trajectory is the first one's
    assert network.state_dict().keys() == state.keys()
    assert all(torch.equal(tensor, state[name]) for name, tensor in network.state_dict().items())
    assert torch.equal(sampled(call, scheduler, shape, 0), full[0])


def test_times_beside_the_schedulers_are_right_too():
    network, call, scheduler, shape = sd3()
    pipeline = SimpleNamespace(transformer=spread(network), scheduler=scheduler)
    scheduler.set_timesteps(STEPS)
    x, odd = torch.ones(shape), torch.tensor(123.0)
    with torch.inference_mode():
        full = call(x, odd, 0)
        with offloaded_modulations(pipeline):
            torch.testing.assert_close(call(x, odd, 0), full, rtol=1e-5, atol=1e-5)


def test_the_maps_come_back_after_an_error():
    network, _, scheduler, _ = flux()
    names = list(network.state_dict())
    with pytest.raises(ZeroDivisionError), offloaded_modulations(SimpleNamespace(transformer=network, scheduler=scheduler)):
        _ = 1 / 0
    assert list(network.state_dict()) == names


def test_one_shared_map_leaves_nothing_to_gain():
    sizes = {"num_attention_heads": 2, "attention_head_dim": 8, "in_channels": 4, "out_channels": 8, "num_layers": 1}
    network = PixArtTransformer2DModel(**sizes, sample_size=8, cross_attention_dim=16, caption_channels=12)
    pipeline = SimpleNamespace(transformer=network, scheduler=DDIMScheduler())
    with pytest.raises(UserError, match="PixArtTransformer2DModel has no conditional vector"), offloaded_modulations(pipeline):
        pass
    assert any(isinstance(module, nn.Linear) for module in network.modules())
