"""Order of the images, dropped labels, running average, learning rate."""

import pytest
import torch

from semantic_bottleneck.randomness.streams import generator, seeded_construction, stream_seed
from semantic_bottleneck.training.averaging import average_decay, update_average
from semantic_bottleneck.training.batches import BatchOrder, drop_labels


def test_every_row_comes_once_per_epoch():
    order = BatchOrder(rows=30, batch_size=8, seed=4)
    places = torch.cat([order(step) for step in range(15)])
    for epoch in places.split(30):
        assert sorted(epoch.tolist()) == list(range(30))
    assert not torch.equal(places[:30], places[30:60])


@pytest.mark.parametrize("batch_size", [8, 70])
def test_a_step_does_not_depend_on_the_steps_before(batch_size):
    running = BatchOrder(30, batch_size, 4)
    expected = [running(step) for step in range(10)]
    for step in (9, 0, 5):
        assert torch.equal(BatchOrder(30, batch_size, 4)(step), expected[step])
        assert len(expected[step]) == batch_size


def test_dropout_rate_and_null_label():
    labels = torch.randint(10, (20_000,), generator=generator(0, "test"))
    dropped = drop_labels(labels, 10, 0.1, generator(1, "labels", 0))
    assert (dropped == 10).float().mean() == pytest.approx(0.1, abs=0.01)
    assert torch.equal(dropped[dropped != 10], labels[dropped != 10])
    assert torch.equal(drop_labels(labels, 10, 0.0, generator(1)), labels)


def test_average_warms_up_then_keeps_its_decay():
    assert average_decay(0, 0.99) == pytest.approx(0.1)
    assert average_decay(90, 0.99) == pytest.approx(0.91)
    assert average_decay(10_000, 0.99) == 0.99


def test_average_moves_towards_the_network():
    average, weights = [torch.ones(2), torch.zeros(3, 1)], [torch.zeros(2), torch.ones(3, 1)]
    update_average(average, weights, 0.9)
    torch.testing.assert_close(average, [torch.full((2,), 0.9), torch.full((3, 1), 0.1)])


def test_streams_are_functions_of_their_names():
    assert stream_seed(0, "noise", 1) == stream_seed(0, "noise", 1)
    assert (
        len({stream_seed(0, "noise", 1), stream_seed(0, "noise", 2), stream_seed(1, "noise", 1), stream_seed(0, "labels", 1)})
        == 4
    )
    assert 0 <= stream_seed(0) < 2**63


def test_seeded_construction_restores_the_global_stream():
    torch.manual_seed(7)
    before = torch.get_rng_state()
    with seeded_construction(1, "x"):
        first = torch.rand(3)
    assert torch.equal(before, torch.get_rng_state())
    with seeded_construction(1, "x"):
        assert torch.equal(first, torch.rand(3))
