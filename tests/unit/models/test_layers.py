"""Properties of the shared layers."""

import math

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from semantic_bottleneck.models.embedders import sinusoid
from semantic_bottleneck.models.layers import PatchEmbed, unpatchify
from semantic_bottleneck.models.positions import sine_cosine_table
from semantic_bottleneck.models.relative_position import relative_position_index
from semantic_bottleneck.models.rotary import RotaryEmbedding

sizes = st.integers(1, 4)


@given(sizes, sizes, sizes, sizes)
def test_unpatchify_undoes_patches(rows: int, columns: int, patch: int, channels: int) -> None:
    image = torch.arange(channels * rows * columns * patch**2, dtype=torch.float32)
    image = image.reshape(1, channels, rows * patch, columns * patch)
    tokens = torch.nn.functional.unfold(image, patch, stride=patch).transpose(1, 2)
    channel_fastest = tokens.unflatten(-1, (channels, patch * patch)).transpose(-1, -2).flatten(-2)
    assert torch.equal(unpatchify(channel_fastest, rows, columns, patch), image)


def test_patches_are_row_major() -> None:
    embed = PatchEmbed(2, 1, 1)
    with torch.no_grad():
        embed.proj.weight.fill_(0.25)
        embed.proj.bias.zero_()
    image = torch.arange(6.0).reshape(1, 1, 2, 3).repeat_interleave(2, 2).repeat_interleave(2, 3)
    assert embed(image).flatten().tolist() == [0, 1, 2, 3, 4, 5]


def test_noise_end_of_a_flow_is_ones_and_zeros() -> None:
    features = sinusoid(torch.zeros(1), 256)[0]
    assert features[:128].eq(1).all()
    assert features[128:].eq(0).all()


@given(st.integers(0, 999))
def test_integer_and_float_times_agree(t: int) -> None:
    assert torch.equal(sinusoid(torch.tensor([t]), 64), sinusoid(torch.tensor([float(t)], dtype=torch.float64), 64))


@given(st.integers(1, 5), st.integers(1, 5))
def test_relative_index_is_the_offset_of_two_tokens(rows: int, columns: int) -> None:
    index = relative_position_index(rows, columns).numpy()
    for a in range(rows * columns):
        for b in range(rows * columns):
            down, across = a // columns - b // columns, a % columns - b % columns
            assert index[a, b] == (down + rows - 1) * (2 * columns - 1) + across + columns - 1
    assert index.max() == (2 * rows - 1) * (2 * columns - 1) - 1


def test_position_table_has_the_column_first() -> None:
    table = sine_cosine_table(8, 3).numpy()
    frequencies = [1.0, 1 / 100]
    row, column = 2, 1
    expected = [f(p * w) for p in (column, row) for f in (math.sin, math.cos) for w in frequencies]
    np.testing.assert_allclose(table[row * 3 + column], expected, rtol=1e-6)


def test_rotation_keeps_lengths_and_depends_on_offsets_only() -> None:
    rotary, random = RotaryEmbedding(8, 4), torch.Generator().manual_seed(0)
    q, k = (torch.randn(1, 1, 1, 8, generator=random).expand(1, 1, 16, 8) for _ in range(2))
    turned = rotary(q)
    torch.testing.assert_close(turned.norm(dim=-1), q.norm(dim=-1))
    products = (turned @ rotary(k).transpose(-1, -2))[0, 0]
    # Tokens 0 and 6, like 5 and 11, lie one row and two columns apart.
    torch.testing.assert_close(products[0, 6], products[4, 10])
