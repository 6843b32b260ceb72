"""Micro-batches, precision, clipping, optimisers, frozen weights, several processes."""

import math

import numpy as np
import pytest
import torch

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.files import parquet
from semantic_bottleneck.training.objectives import build_objective, linear_path
from semantic_bottleneck.training.worker import train
from tests.sections import card_of, excerpt, objective_of, training_of
from tests.unit.training.cards import tiny_card, tiny_run, weights


class Half:
    """One of two processes that are asked in turn: remembers what it would send, and is given the sum."""

    size, device = 2, torch.device("cpu")

    def __init__(self, rank):
        self.rank, self.sent, self.received = rank, None, None

    def add_up(self, tensors):
        if self.received is None:
            self.sent = [tensor.clone() for tensor in tensors]
            raise InterruptedError
        for tensor, total in zip(tensors, self.received, strict=True):
            tensor.copy_(total)

    def wait(self):
        pass


def test_gradients_of_two_processes_add_up_to_those_of_one():
    settings = {"batch_size": 32, "micro_batch": 8}
    one = tiny_run(**settings)
    loss = one._gradients(0)
    sent = []
    for rank in (0, 1):
        run = tiny_run(**settings)
        run.team = Half(rank)
        with pytest.raises(InterruptedError):
            run._gradients(0)
        sent.append(run.team.sent)
    total = [first + second for first, second in zip(*sent, strict=True)]
    gradients = [weight.grad for weight in one._trained]
    torch.testing.assert_close(total[:-1], gradients, rtol=1e-5, atol=1e-7)
    assert total[-1].item() == pytest.approx(loss.item(), rel=1e-6)


def test_two_real_processes_equal_one_to_rounding(tmp_path):
    job = {"card": excerpt(tiny_card(steps=4, micro_batch=8)), "data": "digits", "classifier": None, "seed": 0}
    job |= {"checkpoints": [0, 4], "timesteps": 2}
    found = []
    for processes in (1, 2):
        work = tmp_path / str(processes)
        train(job | {"work": str(work)}, processes, "cpu")
        found.append((parquet.read(work / "step-000004.parquet")["vector"], parquet.read(work / "metrics.parquet")))
    (alone, metrics), (shared, shared_metrics) = found
    np.testing.assert_allclose(shared, alone, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(shared_metrics["loss"], metrics["loss"], rtol=1e-5)


def test_an_update_of_micro_batches_is_an_update_of_their_mean():
    # Micro-batches have streams of their own, so the sums are compared with losses made from the very same streams.
    run = tiny_run(batch_size=16, micro_batch=4)
    reference = tiny_run(batch_size=16, micro_batch=4)
    total = run._gradients(0)
    parts = []
    for part in range(4):
        batch = reference._batch(0, part, (0, part))
        assert len(batch.images) == 4
        from semantic_bottleneck.randomness.streams import generator

        parts.append(reference.objective(reference.network, reference.average, batch, generator(5, "noise", 0, part)))
    torch.stack(parts).mean().backward()
    assert total.item() == pytest.approx(torch.stack(parts).mean().item(), rel=1e-6)
    for ours, theirs in zip(run._trained, reference._trained, strict=True):
        torch.testing.assert_close(ours.grad, theirs.grad, rtol=1e-5, atol=1e-8)


def test_bf16_computes_coarsely_and_keeps_its_weights_in_float32():
    fine, coarse = tiny_run(12), tiny_run(12, precision="bf16")
    assert all(tensor.dtype == torch.float32 for tensor in coarse.network.state_dict().values())
    assert fine.log["loss"] != coarse.log["loss"]
    np.testing.assert_allclose(coarse.log["loss"], fine.log["loss"], rtol=0.02)
    for name, weight in weights(fine).items():
        assert (weights(coarse)[name] - weight).abs().max() < 0.05, name


def test_the_gradient_is_clipped_and_its_norm_logged_before():
    run = tiny_run(gradient_clip=1e-3)
    run.update()
    norm = torch.stack([weight.grad.norm() for weight in run._trained]).norm()
    assert norm.item() == pytest.approx(1e-3, rel=1e-3)
    assert run.log["gradient_norm"][0] == pytest.approx(tiny_run(1).log["gradient_norm"][0], rel=1e-6)
    assert run.log["gradient_norm"][0] > 1e-2


def test_frozen_weights_stay_and_the_others_move():
    run = tiny_run()
    before = weights(run)
    run = tiny_run(3, frozen=["t_embedder."])
    moved = {name for name, tensor in weights(run).items() if not torch.equal(tensor, before[name])}
    assert not any(name.startswith("t_embedder.") for name in moved)
    assert "y_embedder.embedding_table.weight" in moved
    both = tiny_run(2, frozen=["t_embedder.", "y_embedder."])
    assert [group["conditioning"] for group in both.optimizer.param_groups] == [False]


def test_sgd_steps_along_the_gradient_and_adam_by_its_sign():
    for optimiser in ("sgd", "adam", "adamw"):
        run = tiny_run(optimiser=optimiser, learning_rate=0.2, warmup_steps=1)
        before = run.network.final_layer.linear.bias.detach().clone()
        run.update()
        gradient, moved = run.network.final_layer.linear.bias.grad, run.network.final_layer.linear.bias.detach() - before
        expected = -0.2 * gradient if optimiser == "sgd" else -0.2 * gradient.sign()
        torch.testing.assert_close(moved, expected, rtol=1e-3, atol=1e-6)


def test_times_come_from_the_given_set_only():
    images, rng = torch.zeros(400, 1, 2, 2), torch.Generator().manual_seed(0)
    times = linear_path(images, rng, 0, timesteps=5).times
    assert set(times.tolist()) == {0.0, 0.25, 0.5, 0.75, 1.0}
    assert len(set(linear_path(images, rng, 0).times.tolist())) > 390
    seen = []

    class Network(torch.nn.Module):
        def forward(self, x, t, y):
            seen.extend(t.tolist())
            return x

    from semantic_bottleneck.training.objectives import Batch

    loss = build_objective(objective_of({"name": "noise", "timesteps": 3}))
    loss(Network(), None, Batch(images, torch.zeros(400, dtype=torch.int64)), rng)
    assert set(seen) == {0.0, 500.0, 999.0}


def test_the_log_has_a_schedule():
    run = tiny_run(12, log_every=5)
    assert run.log["step"] == [5, 10, 12]
    assert all(math.isfinite(value) for value in run.log["gradient_norm"])


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"precision": "fp8"}, "'precision' must be 'float32' or 'bf16'"),
        ({"optimiser": "lion"}, "'optimiser' must be"),
        ({"frozen": ["z_embedder."]}, "names 'z_embedder.'"),
        ({"objective": {"name": "velocity", "noise_time": 0, "timesteps": 1}}, "timesteps' must be"),
    ],
)
def test_bad_settings_are_named(settings, named):
    with pytest.raises(UserError, match=named):
        tiny_run(**settings)


def test_processes_must_share_evenly():
    from semantic_bottleneck.data.bundled_images import load_images
    from semantic_bottleneck.training.run import TrainingRun

    with pytest.raises(UserError, match="1 micro-batches, which 2 processes"):
        TrainingRun(card_of(tiny_card()), load_images("digits").take(0, 50), None, 0, Half(0))
    assert training_of(tiny_card(micro_batch=8)["training"]).parts == 2
