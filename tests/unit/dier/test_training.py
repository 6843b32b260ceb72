"""Training: the gradient reaches the encoder, own vectors denoise better, and a killed run ends as an uninterrupted one."""

from typing import get_args

import numpy as np
import pytest
import torch

from semantic_bottleneck.dier.denoising import denoising_errors, swapped
from semantic_bottleneck.dier.embeddings import embed
from semantic_bottleneck.dier.trainer import train_run
from semantic_bottleneck.files import parquet
from semantic_bottleneck.randomness.streams import generator
from semantic_bottleneck.study.dier_settings import Kind
from semantic_bottleneck.training.objectives import Batch, noise_prediction
from tests.unit.dier.conftest import new_run

KINDS = get_args(Kind)


def files_of(run, folder, **options):
    train_run(run, folder / "run.pt", folder / "run.parquet", folder / "work", "test", **options)
    return (folder / "run.pt").read_bytes(), (folder / "run.parquet").read_bytes()


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_killed_at_any_step_ends_as_an_uninterrupted_one(kind, data, tmp_path):
    whole = files_of(new_run(data, kind=kind), tmp_path / "whole")
    for cut in (1, 5, 11):
        folder = tmp_path / str(cut)
        (folder / "work").mkdir(parents=True)
        run = new_run(data, kind=kind)
        for _ in range(cut):
            run.update()
        run.save(folder / "work" / "train_state.pt")
        assert files_of(new_run(data, kind=kind), folder) == whole
        assert not (folder / "work").exists()


def test_another_runs_state_is_not_continued(data, tmp_path):
    whole = files_of(new_run(data), tmp_path / "whole")
    (tmp_path / "other" / "work").mkdir(parents=True)
    other = new_run(data, seed=1)
    other.update()
    other.save(tmp_path / "other" / "work" / "train_state.pt")
    assert files_of(new_run(data), tmp_path / "other") == whole


def test_the_gradient_reaches_the_encoder_once_the_gates_have_opened(data):
    run = new_run(data)
    run.update()
    assert run.log["encoder_gradient_norm"] == [0.0]  # adaLN and the last layer start at zero
    for _ in range(4):
        run.update()
    assert run.log["encoder_gradient_norm"][-1] > 0
    assert all(total >= own for total, own in zip(run.log["gradient_norm"], run.log["encoder_gradient_norm"], strict=True))


def test_the_loss_is_the_mean_squared_error_of_the_noise(data):
    run = new_run(data, kind="backbone")
    images, labels = torch.from_numpy(data.images[:16]), torch.zeros(16, dtype=torch.int64)
    with torch.no_grad():
        for weight in run.network.parameters():
            weight += 0.05 * torch.randn(weight.shape, generator=torch.Generator().manual_seed(weight.numel()))
        expected = noise_prediction(run.network.backbone, Batch(images, labels), generator(7, "noise", 0))
        torch.testing.assert_close(run.network.loss(images, labels, generator(7, "noise", 0)), expected, rtol=1e-6, atol=0)


def test_an_image_is_denoised_better_with_its_own_vector(trained, data):
    network = trained.average
    v = embed(network, data.images, 300)
    own, other = (denoising_errors(network, data.images, each, 300, 0) for each in (v, swapped(v)))
    assert own.mean() < 0.95 * other.mean()
    np.testing.assert_array_equal(own, denoising_errors(network, data.images, v, 300, 0, edit=lambda projected: projected))


def test_a_run_that_diverges_ends_there_and_says_so(data, tmp_path):
    run = new_run(data)
    for _ in range(4):
        run.update()
    with torch.no_grad():
        run.network.project.weight.fill_(float("nan"))
    files_of(run, tmp_path)
    log = parquet.read(tmp_path / "run.parquet")
    assert list(log["step"]) == [1, 2, 3, 4, 5]
    assert np.isnan(log["loss"][-1])
    assert parquet.read_metadata(tmp_path / "run.parquet")["diverged"] == "True"
    assert all(torch.isfinite(weight).all() for weight in torch.load(tmp_path / "run.pt")["average"].values())
