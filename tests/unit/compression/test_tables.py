"""Modulations from tables: the rows are those that the sampler feeds, the exact table changes rounding alone."""

import pytest
import torch

from semantic_bottleneck.compression.fed_rows import fed_rows, modulation_inputs
from semantic_bottleneck.compression.tables import additive_tables, exact_tables, interaction, looked_up
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.models.registry import build_network
from semantic_bottleneck.sampling.precision import set_precision
from semantic_bottleneck.sampling.registry import build_sampler
from semantic_bottleneck.sampling.trajectory import Generation, run_trunk
from semantic_bottleneck.study.card import Card
from semantic_bottleneck.study.cards import load_card
from semantic_bottleneck.study.typed import typed
from tests.golden.recipe import fill_state_dict
from tests.workflow.project import ROOT


def card_of(name, **changes):
    return typed(Card, load_card(ROOT / f"config/models/{name}.yaml") | changes)


def network_of(card, **architecture):
    network = build_network(card.family, {**card.architecture, **architecture})
    fill_state_dict(network.state_dict())
    return network.eval()


@pytest.mark.parametrize(("model", "rows"), [("sit-mini", 275), ("dit-mini", 330), ("repa-mini", 320), ("mg-mini", 300)])
def test_rows_are_every_class_at_every_time_and_the_null_row_where_guided(model, rows):
    """The counts of the four miniatures' cards, by hand: 25 x 11, 30 x 11, 30 x 10 + 20, 30 x 10."""
    fed = fed_rows(card_of(model))
    assert len(fed) == rows
    assert len(set(zip(fed.times.tolist(), fed.labels.tolist(), strict=True))) == rows


def test_a_sampler_of_two_calls_a_step_feeds_the_times_between_too():
    plain = load_card(ROOT / "config/models/sit-nano.yaml")
    heun = card_of("sit-nano", sampler=plain["sampler"] | {"method": "midpoint"})
    assert len(fed_rows(heun).times.unique()) == 12


def test_what_cannot_be_tabulated_is_refused():
    adaptive = {"name": "sit-dopri5", "atol": 1e-6, "rtol": 1e-3}
    with pytest.raises(UserError, match="'sit-nano', whose sampler sit-dopri5 chooses its times"):
        fed_rows(card_of("sit-nano", sampler=adaptive))


def generation_of(card, network, tmp_path, name):
    return Generation(
        network=network,
        sampler=build_sampler(card.sampler),
        guidance=card.guidance,
        labels_of=lambda samples: torch.tensor([sample % 10 for sample in samples]),
        latent_shape=card.latent_shape,
        seed=0,
        micro_batch=10,
        parts=tmp_path,
        fingerprint=name,
        variant=name,
    )


@pytest.mark.parametrize("model", ["sit-nano", "dit-nano", "repa-nano", "mg-nano"])
def test_sampling_from_the_exact_table_changes_rounding_alone(model, tmp_path):
    card = card_of(model)
    network, rows = network_of(card), fed_rows(card)
    full = run_trunk(generation_of(card, network, tmp_path, "full"), range(20)).latents
    with looked_up(network, rows, exact_tables(network, rows)):
        # Neither AdaLN nor what makes c is asked any more.
        embedders = network.t_embedder, network.y_embedder
        network.t_embedder = network.y_embedder = None
        small = run_trunk(generation_of(card, network, tmp_path, "table"), range(20)).latents
        network.t_embedder, network.y_embedder = embedders
    assert abs(small - full).max() <= 1e-5 * max(1, abs(full).max())
    again = run_trunk(generation_of(card, network, tmp_path, "again"), range(20)).latents
    assert (again == full).all()


def test_a_pair_that_was_not_computed_is_no_other_ones_row():
    card = card_of("mg-nano")  # never guided, so the null label has no row
    network, rows = network_of(card), fed_rows(card)
    x = torch.zeros(1, *card.latent_shape)
    with looked_up(network, rows, exact_tables(network, rows)), pytest.raises((IndexError, ValueError)):
        network(x, rows.times[:1], torch.tensor([10]))
    with looked_up(network, rows, exact_tables(network, rows)), pytest.raises(ValueError, match="time"):
        network(x, rows.times[:1] + 0.01, torch.tensor([1]))


def test_the_sum_of_two_tables_is_exact_only_where_nothing_bends_c():
    card = card_of("sit-nano")
    rows = fed_rows(card)
    for activation, exact in (("identity", True), ("silu", False)):
        network = network_of(card, modulation_activation=activation)
        tables = exact_tables(network, rows)
        parts = additive_tables(tables, rows)
        missed = max(interaction(tables[name].double(), parts[name].double()) for name in tables)
        assert (missed < 1e-5) == exact
        assert exact or 0.005 < missed < 1
    s = modulation_inputs(network, rows)
    assert s.shape == (len(rows), 16)
    assert s.dtype == torch.float64


def test_in_bfloat16_the_table_holds_what_autocast_would_make(tmp_path):
    card = card_of("sit-nano")
    network, rows = set_precision(network_of(card), "bf16"), fed_rows(card)
    full = run_trunk(generation_of(card, network, tmp_path, "full"), range(10)).latents
    with looked_up(network, rows, exact_tables(network, rows)):
        small = run_trunk(generation_of(card, network, tmp_path, "table"), range(10)).latents
    assert abs(small - full).max() < 0.02 * abs(full).max()
