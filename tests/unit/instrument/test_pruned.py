"""Pruning a network in memory: as the workflow samples it, at the steps that were asked for, and not a moment longer."""

import diffusers
import numpy as np
import pytest
import torch
from diffusers.schedulers.scheduling_ddim import DDIMSchedulerOutput
from torch import nn

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.instrument.networks import conditioner_of
from semantic_bottleneck.instrument.pruned import pruned
from semantic_bottleneck.instrument.steps import Steps
from semantic_bottleneck.models.dit import DiT
from semantic_bottleneck.models.embedders import TimestepEmbedder, sinusoid
from semantic_bottleneck.sampling.edits import edit_at
from semantic_bottleneck.sampling.model_run import ConditionVectors
from semantic_bottleneck.sampling.registry import build_sampler
from semantic_bottleneck.sampling.trajectory import Generation, run_branch
from semantic_bottleneck.study.pruning import Pruning
from tests.sections import conditioning_of, guidance_of, sampler_of
from tests.unit.models.diffusers_cases import CASES, N

SIZE, STEPS, CLASSES = 8, 6, [3, 41, 7]
SAMPLER = {"name": "ddim", "steps": STEPS}


# A pipeline of diffusers against the workflow ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def transformer():
    """A small random DiT whose blocks have the same embedder, as in the published file; its null label is the pipeline's."""
    torch.manual_seed(0)
    sizes = {"num_attention_heads": 2, "attention_head_dim": 12, "in_channels": 4, "out_channels": 8, "num_layers": 3}
    module = diffusers.DiTTransformer2DModel(**sizes, sample_size=SIZE, norm_eps=1e-6).eval()
    for block in module.transformer_blocks[1:]:
        block.norm1.emb.load_state_dict(module.transformer_blocks[0].norm1.emb.state_dict())
    return module


class ShiftedEmbedder(TimestepEmbedder):
    """With the sinusoid that diffusers divides by 127."""

    def forward(self, t):
        return self.mlp(sinusoid(t, self.frequency_size, shift=1))


@pytest.fixture(scope="module")
def converted(transformer):
    """The same weights in the workflow's own DiT, under the official names."""
    network = DiT(SIZE, 2, 4, hidden_size=24, depth=3, num_heads=2)
    network.t_embedder = ShiftedEmbedder(24)
    state, first = transformer.state_dict(), "transformer_blocks.0.norm1.emb."
    renamed = {"x_embedder.proj": "pos_embed.proj", "final_layer.adaLN_modulation.1": "proj_out_1"}
    renamed |= {"final_layer.linear": "proj_out_2", "t_embedder.mlp.0": f"{first}timestep_embedder.linear_1"}
    renamed |= {"t_embedder.mlp.2": f"{first}timestep_embedder.linear_2"}
    official = {"y_embedder.embedding_table.weight": state[f"{first}class_embedder.embedding_table.weight"]}
    official["pos_embed"] = transformer.pos_embed.pos_embed
    for number in range(3):
        ours, theirs = f"blocks.{number}.", f"transformer_blocks.{number}."
        renamed |= {f"{ours}adaLN_modulation.1": f"{theirs}norm1.linear", f"{ours}attn.proj": f"{theirs}attn1.to_out.0"}
        renamed |= {f"{ours}mlp.fc1": f"{theirs}ff.net.0.proj", f"{ours}mlp.fc2": f"{theirs}ff.net.2"}
        for kind in ("weight", "bias"):
            parts = [state[f"{theirs}attn1.to_{name}.{kind}"] for name in "qkv"]
            official[f"{ours}attn.qkv.{kind}"] = torch.cat(parts)
    official |= {f"{new}.{kind}": state[f"{old}.{kind}"] for new, old in renamed.items() for kind in ("weight", "bias")}
    network.load_state_dict(official)
    return network.eval()


class WorkflowScheduler(diffusers.DDIMScheduler):
    """The workflow's sampler in the place of diffusers', which notes every state; starts from the workflow's noise."""

    def __init__(self, noise):
        super().__init__()
        self.sampler, self.noise, self.states = build_sampler(sampler_of(SAMPLER)), noise, []

    def set_timesteps(self, steps):
        assert steps == STEPS
        self.timesteps = torch.tensor(self.sampler.times).long()

    def scale_model_input(self, sample, timestep):
        return torch.cat([self.sampler.start(self.noise)] * 2) if not self.states else sample

    def step(self, output, timestep, sample):
        number = self.sampler.times.index(float(timestep))
        state = self.sampler.advance(number, sample, lambda x, t: output, lambda: None)
        self.states.append(state[: len(CLASSES)])
        return DDIMSchedulerOutput(prev_sample=state)


VARIANTS = {
    "tail": (Pruning.tail(tau=0.3), "every"),
    "head": (Pruning.head(count=3), "first"),
    "mean": (Pruning.tail(quantile=0.5, replacement="class-mean"), "last"),
    "ranks of the conditional vector": (Pruning.between(2, 9, branch="conditional"), "every"),
    "another class": (Pruning.between(1, 6, ranked_by="class-variance", replacement="other-class"), "every"),
    "noise": (Pruning.tail(fraction=0.5, ranked_by="time-variance", noise=0.5), "last"),
    "random": (Pruning.random("tail", fraction=0.4, mask="shared", seed=3), "every"),
}


@pytest.mark.parametrize("name", VARIANTS)
def test_a_pipeline_walks_as_the_workflow_does(transformer, converted, tmp_path, name):
    """Step for step, to float32 rounding: the two networks order their sums differently and diffusers takes the frequencies of
    the sinusoid in float32."""
    pruning, window = VARIANTS[name]
    steps = {"every": range(STEPS), "first": range(1), "last": range(STEPS - 2, STEPS)}[window]
    grid = [999.0, 500.0, 0.0]
    conditioning = conditioning_of(
        {"kind": "class", "classes": 1000, "initial_timestep": 999, "timesteps": {"start": 999, "stop": 0, "integer": True}}
    )
    states, noises = [], []
    sampler = build_sampler(sampler_of(SAMPLER))
    start, advance = sampler.start, sampler.advance
    sampler.start = lambda noise: noises.append(noise) or start(noise)
    sampler.advance = lambda *given: states.append(advance(*given)) or states[-1]
    guidance = guidance_of({"scale": 3.0, "channels": 4})
    labels = torch.tensor(CLASSES)
    generation = Generation(converted, sampler, guidance, lambda batch: labels, (4, SIZE, SIZE), 5, 3, tmp_path, "test")
    vectors = ConditionVectors(converted, conditioning, None, "cpu")
    run_branch(generation, range(3), edit_at(converted, vectors, grid, pruning, steps, np.zeros(3, dtype=np.int64)))

    scheduler = WorkflowScheduler(noises[0])
    decoder = diffusers.AutoencoderKL(block_out_channels=(4,), norm_num_groups=1, latent_channels=4)
    pipeline = diffusers.DiTPipeline(transformer, decoder, scheduler)
    pipeline.set_progress_bar_config(disable=True)
    with pruned(pipeline, pruning, window=window if window != "last" else steps, steps=STEPS, timesteps=grid) as count:
        pipeline(CLASSES, guidance_scale=3.0, num_inference_steps=STEPS, output_type="pt")
    assert count.step == STEPS - 1
    for ours, theirs in zip(states, scheduler.states, strict=True):
        torch.testing.assert_close(theirs, ours, atol=2e-6 * float(ours.abs().max()), rtol=0)
    pipeline.scheduler = WorkflowScheduler(noises[0])
    pipeline(CLASSES, guidance_scale=3.0, num_inference_steps=STEPS, output_type="pt")
    assert float((pipeline.scheduler.states[-1] - states[-1]).abs().max()) > 2e-5 * float(states[-1].abs().max())


# Every layout -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CASES)
@torch.inference_mode()
def test_every_layout_is_pruned_and_given_back(name):
    """All of c zeroed is another output, no dimension the same one; after the context the network is as it was."""
    case = CASES[name]
    module = case.build()

    def output():
        return module(**case.arguments())[0]

    before = output()
    with pruned(module, Pruning.tail(count=0)):
        torch.testing.assert_close(output(), before, atol=0, rtol=0)
    with pruned(module, Pruning.tail(tau=1e9)):
        everything = output()
    assert not torch.allclose(everything, before, atol=1e-4)
    torch.testing.assert_close(output(), before, atol=0, rtol=0)
    assert not any(part._forward_hooks or part._forward_pre_hooks for part in module.modules())


@torch.inference_mode()
def test_of_text_the_null_half_stays_where_it_is_said():
    case = CASES["sd3"]
    module = case.build()
    before = module(**case.arguments())[0]
    with pytest.raises(UserError, match="unconditional"), pruned(module, Pruning.tail(tau=1e9, branch="conditional")):
        pass
    with pruned(module, Pruning.tail(tau=1e9, branch="conditional"), unconditional="first half"):
        after = module(**case.arguments())[0]
    torch.testing.assert_close(after[: N // 2], before[: N // 2])
    assert not torch.allclose(after[N // 2 :], before[N // 2 :], atol=1e-4)


@torch.inference_mode()
def test_of_text_the_mean_is_that_of_the_given_prompts():
    case = CASES["sd3"]
    module, prompts = case.build(), case.inputs["pooled_projections"]
    mean = conditioner_of(module).condition(torch.full((N,), 700.0), {"text": prompts}).c.mean(dim=0)
    with pytest.raises(UserError, match="conditions"), pruned(module, Pruning.tail(tau=1e9, replacement="class-mean")):
        module(**case.arguments())
    with pruned(module, Pruning.tail(tau=1e9, replacement="class-mean"), conditions=prompts):
        handle = module.transformer_blocks[0].norm1.register_forward_pre_hook(
            lambda _, args, kwargs: torch.testing.assert_close(kwargs["emb"], mean.expand(N, -1)), with_kwargs=True
        )
        module(**case.arguments())
        handle.remove()


@torch.inference_mode()
def test_a_network_of_ours_is_pruned_too(converted):
    x, t, y = torch.ones(2, 4, SIZE, SIZE), torch.full((2,), 500.0), torch.tensor([1, 1000])
    with pruned(converted, Pruning.head(count=4, branch="conditional")):
        after = converted(x, t, y)
    before = converted(x, t, y)
    assert not torch.allclose(after[:1], before[:1], atol=1e-4)
    torch.testing.assert_close(after[1:], before[1:])


# Steps --------------------------------------------------------------------------------------------------------------------


def test_steps_are_distinct_timesteps_and_one_that_turns_back_begins_anew():
    steps = Steps()
    assert [steps.at(t) for t in (999, 999, 500, 0, 0, 999, 500)] == [0, 0, 1, 2, 2, 0, 1]
    assert steps.trajectory == 1
    upwards = Steps(3)
    assert [upwards.at(t) for t in (0.0, 0.5, 1.0, 0.0)] == [0, 1, 2, 0]
    with pytest.raises(UserError, match="more than 2"):
        [Steps(2).at(t) for t in (2, 1)] + [over.at(t) for over in [Steps(2)] for t in (3, 2, 1)]


@torch.inference_mode()
def test_what_a_window_needs_is_asked_for():
    module = CASES["dit"].build()
    for given, words in (({"window": "last"}, "steps"), ({"steps": 5, "window": "every"}, None)):
        if words is None:
            with pruned(module, Pruning.tail(tau=0.1), **given):
                pass
        else:
            with pytest.raises(UserError, match=words), pruned(module, Pruning.tail(tau=0.1), **given):
                pass
    with pytest.raises(UserError, match="timesteps"), pruned(module, Pruning.tail(quantile=0.5)):
        pass
    with pytest.raises(UserError, match="Linear is no transformer"), pruned(nn.Linear(2, 2), Pruning.tail(tau=0.1)):
        pass
    arguments = CASES["dit"].arguments() | {"timestep": torch.tensor([3, 4])}
    with pruned(module, Pruning.tail(tau=0.1)), pytest.raises(UserError, match="timesteps from 3 to 4"):
        module(**arguments)
