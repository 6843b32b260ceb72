"""Peak memory is counted to the byte, and AdaLN is no part of what a precomputed trajectory needs."""

import pytest
import torch

from semantic_bottleneck.compression import footprint
from semantic_bottleneck.compression.fed_rows import fed_rows
from semantic_bottleneck.compression.peak import peak_bytes
from semantic_bottleneck.models.registry import build_network
from tests.unit.compression.test_tables import card_of


def test_the_peak_is_the_most_held_at_one_time():
    def work():
        first = torch.zeros(1000)
        second = torch.zeros(500)
        third = first + first
        del first, third
        return second, torch.zeros(250)

    assert peak_bytes(work, "cpu") == 4 * 2500
    assert peak_bytes(lambda: None, "cpu") == 0


def test_weights_that_stay_behind_take_no_memory_there():
    card = card_of("sit-mini")
    network, rows = build_network(card.family, card.architecture).eval(), fed_rows(card)
    narrow = build_network(card.family, {**card.architecture, "condition_rank": 8}).eval()
    forms = {
        "full": footprint.whole(network, rows),
        "narrow": footprint.whole(narrow, rows),
        "precomputed": footprint.precomputed(network, rows, label=3),
    }
    found = {name: footprint.measure(form, card.latent_shape, 1, "cpu") for name, form in forms.items()}
    width, blocks = 64, 4
    outputs = (6 * blocks + 2) * width
    assert found["full"].adaln == outputs * (width + 1)
    assert found["narrow"].adaln == (8 + 1) * outputs + (blocks + 1) * 8 * width
    assert found["precomputed"].adaln == 25 * 2 * outputs  # the steps of one class, and the null row at each
    embedders = sum(p.numel() for part in (network.t_embedder, network.y_embedder) for p in part.parameters())
    rest = found["full"].parameters - found["full"].adaln
    assert found["precomputed"].parameters == rest - embedders + found["precomputed"].adaln
    for name, each in found.items():
        assert each.bytes == 4 * each.parameters
        assert each.bytes < each.peak_bytes < each.bytes + 300_000, name
        assert each.seconds > 0
    assert found["narrow"].peak_bytes - found["full"].peak_bytes == pytest.approx(
        found["narrow"].bytes - found["full"].bytes, abs=40_000
    )
