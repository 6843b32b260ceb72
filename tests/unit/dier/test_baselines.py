"""Self-supervised baselines: what each hides or changes, and their losses against formulas."""

import numpy as np
import pytest
import torch

from semantic_bottleneck.dier.autoencoders import HIDDEN, hidden_patches
from semantic_bottleneck.dier.embeddings import embed
from semantic_bottleneck.dier.probes import linear_probe
from semantic_bottleneck.dier.vicreg import covariance_penalty
from semantic_bottleneck.dier.views import NOISE, SHIFT, view
from semantic_bottleneck.randomness.streams import generator
from tests.unit.dier.conftest import new_run


def test_the_share_of_patches_is_hidden_and_each_image_has_its_own():
    hidden = hidden_patches(50, 4, 0.75, generator(0, "hidden"))
    assert hidden.shape == (50, 1, 4, 4)
    assert (hidden.sum(dim=(1, 2, 3)) == 12).all()
    assert len({tuple(each.flatten().tolist()) for each in hidden}) > 40
    assert hidden.float().mean(dim=0).std() < 0.12
    assert (hidden_patches(3, 2, 0.01, generator(0, "hidden")).sum(dim=(1, 2, 3)) == 1).all()


def test_a_masked_autoencoder_is_judged_on_what_it_did_not_see(data):
    network = new_run(data, kind="masked-autoencoder", masked=0.5).network
    images, labels = torch.from_numpy(data.images[:6]), torch.zeros(6, dtype=torch.int64)
    seen = []
    network.encoder.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0]))
    hidden = hidden_patches(6, 2, 0.5, generator(3, "noise")).repeat_interleave(4, 2).repeat_interleave(4, 3)
    with torch.no_grad():
        loss = network.loss(images, labels, generator(3, "noise"))
        assert (seen[0][hidden] == HIDDEN).all()
        assert torch.equal(seen[0][~hidden], images[~hidden])
        errors = (network.decoder(network.encoder(seen[0], labels)) - images) ** 2
    torch.testing.assert_close(loss, (errors * hidden).sum() / hidden.sum())


def test_the_covariance_penalty_is_the_sum_of_squares_off_the_diagonal():
    z = np.random.default_rng(0).normal(size=(9, 4))
    covariance = np.cov(z, rowvar=False)
    expected = sum(covariance[i, j] ** 2 for i in range(4) for j in range(4) if i != j) / 4
    assert covariance_penalty(torch.from_numpy(z)).item() == pytest.approx(expected)


def test_vicregs_loss_is_algorithm_1(data):
    network = new_run(data, kind="vicreg").network
    images, labels, rng = torch.from_numpy(data.images[:16]), torch.zeros(16, dtype=torch.int64), generator(5, "noise")
    with torch.no_grad():
        first, second = (network.expander(network.encoder(view(images, rng), labels)).numpy() for _ in range(2))
        loss = network.loss(images, labels, generator(5, "noise")).item()
    hinge = sum(np.maximum(0, 1 - np.sqrt(z.var(axis=0, ddof=1) + 1e-4)).mean() for z in (first, second))
    repeated = sum(covariance_penalty(torch.from_numpy(z)).item() for z in (first, second))
    assert loss == pytest.approx(25 * ((first - second) ** 2).mean() + 25 * hinge + repeated, rel=1e-5)


def test_a_view_is_the_picture_moved_resized_and_noised():
    images = torch.full((400, 1, 24, 24), -1.0)
    images[:, :, 8:16, 8:16] = 1.0
    seen = (view(images, generator(0, "view"))[:, 0] + 1).double()
    assert seen[:, 0, 0].std().item() == pytest.approx(NOISE, rel=0.1)
    places = torch.arange(24) - 11.5
    mass = seen.sum(dim=(1, 2))
    centres = (seen.sum(dim=1) @ places.double() / mass).abs()
    assert 0.7 * SHIFT * 24 < centres.max() < 1.2 * SHIFT * 24
    sides = (mass / 2).sqrt() / 8
    assert 0.75 < sides.min() < 0.85
    assert 1.2 < sides.max() < 1.3
    assert sides.median().item() == pytest.approx(1.0, abs=0.06)


def test_two_views_differ_and_a_seed_repeats_them(data):
    images, rng = torch.from_numpy(data.images[:4]), generator(1, "view")
    first, second = view(images, rng), view(images, rng)
    assert not torch.allclose(first, second, atol=0.2)
    assert torch.equal(first, view(images, generator(1, "view")))


def test_vicreg_learns_without_labels(data):
    run = new_run(data, kind="vicreg", steps=60, batch_size=64, learning_rate=5e-3)
    while run.step < run.settings.steps:
        run.update()
    assert np.mean(run.log["loss"][-10:]) < 0.9 * np.mean(run.log["loss"][:10])
    v = embed(run.average, data.images, 0)
    assert linear_probe(v[:160], data.labels[:160], v[160:], data.labels[160:]).mean() > 0.8
