"""Models of diffusers sampled by the workflow: step for step the bytes of the library's own pipelines, pruned or not."""

import diffusers
import numpy as np
import pytest
import torch
from torch.nn.functional import pixel_shuffle, pixel_unshuffle

from fetch_decoder import fetch_decoder
from semantic_bottleneck.conditioning.load import load_conditions
from semantic_bottleneck.conditioning.prepared import CONDITION
from semantic_bottleneck.conditioning.vectors import timestep_grid
from semantic_bottleneck.decoding.pictures import build_decoder, decode
from semantic_bottleneck.files.row_groups import write_row_groups
from semantic_bottleneck.instrument.pruned import pruned
from semantic_bottleneck.randomness.noise import standard_normal
from semantic_bottleneck.sampling.edits import edit_at
from semantic_bottleneck.sampling.model_run import ConditionVectors, prepare
from semantic_bottleneck.sampling.trajectory import run_branch, run_trunk
from semantic_bottleneck.study.card import Card
from semantic_bottleneck.study.cards import load_card
from semantic_bottleneck.study.pruning import Pruning
from semantic_bottleneck.study.sample_plan import SamplePlan
from semantic_bottleneck.study.typed import required, typed
from tests import pipelines
from tests.sections import completed

SAMPLES, SEED = 3, 5
SHAPE = (4, pipelines.SIDE, pipelines.SIDE)
PRUNING = Pruning.tail(quantile=0.41)
"""Between two entries of the vectors: one that lies on the threshold would fall either way by its rounding."""
LABELS = [0, 1, 2]


class Recorded:
    """A pipeline of diffusers and the workflow's run of the same files."""

    def __init__(self, name, folder):
        self.name, self.pipeline = name, pipelines.save(name, folder / name)
        path = folder / f"{name}-pipeline.yaml"
        pipelines.write_card(name, folder / name, path)
        card = load_card(path)
        self.card = typed(Card, card)
        self.inputs = None
        if name != "dit":
            ids, inputs = load_conditions(required(self.card.conditioning), folder)
            self.inputs = folder / f"{name}.parquet"
            write_row_groups(self.inputs, {CONDITION: ids, **inputs})
        self.folder = folder

    def generation(self, variant="baseline"):
        """The workflow's, with every state that its sampler makes."""
        plan = SamplePlan(
            seed=SEED, samples=SAMPLES, shards=1, micro_batch=SAMPLES, labels="balanced", precision="fp32", compile=False
        )
        weights = self.card.checkpoint.url
        parts = self.folder / f"{self.name}.parts"
        generation = prepare(self.card, weights, self.inputs, plan, parts, "cpu", variant, {"states": variant})
        states, advance = [], generation.sampler.advance
        generation.sampler.advance = lambda *given: states.append(advance(*given)) or states[-1]
        return generation, states

    def encoded(self):
        """The prepared rows as the pipeline's call takes them."""
        arguments = {"tokens": "prompt_embeds", "text": "pooled_prompt_embeds", "mask": "prompt_attention_mask"}
        rows = load_conditions(required(self.card.conditioning), self.folder)[1]
        found = {arguments[name]: torch.from_numpy(values) for name, values in rows.items()}
        given = {name: values[:-1] for name, values in found.items()}
        if self.name == "flux":
            return given
        null = {f"negative_{name}": values[-1:].repeat(SAMPLES, *[1] * (values.ndim - 1)) for name, values in found.items()}
        return given | null | ({"negative_prompt": None} if self.name == "pixart" else {})

    def own(self):
        """Every state of a call of the pipeline itself, from the workflow's noise, and its pictures (n, 3, H, W) in 0..1."""
        pipeline, states = self.pipeline, []
        noise = torch.from_numpy(standard_normal(SEED, range(SAMPLES), 0, SHAPE)).float()
        step = pipeline.scheduler.step

        def recorded(output, timestep, sample, **given):
            found = step(output, timestep, sample, **given)
            states.append((found[0] if isinstance(found, tuple) else found.prev_sample)[:SAMPLES])
            return found

        pipeline.scheduler.step = recorded
        try:
            side = pipelines.SIDE * pipeline.vae_scale_factor if self.name != "dit" else 0
            options = {"num_inference_steps": pipelines.STEPS, "guidance_scale": self.card.guidance.scale}
            size = {"height": side, "width": side, "output_type": "pt"}
            if self.name == "dit":
                drawn, diffusers.pipelines.dit.pipeline_dit.randn_tensor = (
                    diffusers.pipelines.dit.pipeline_dit.randn_tensor,
                    lambda *given, **named: noise,
                )
                try:
                    pipeline.set_progress_bar_config(disable=True)
                    pictures = pipeline(LABELS, **options, output_type="np").images.transpose(0, 3, 1, 2)
                finally:
                    diffusers.pipelines.dit.pipeline_dit.randn_tensor = drawn
            elif self.name == "flux":
                pictures = pipeline(latents=packed(noise), **self.encoded(), **options, **size).images.numpy()
            else:
                bins = {"use_resolution_binning": False} if self.name == "pixart" else {}
                pictures = pipeline(latents=noise, **self.encoded(), **options, **size, **bins).images.numpy()
        finally:
            pipeline.scheduler.step = step
        return states, pictures


def packed(latents):
    """Tokens of 2 x 2 latents, channels first (docs/sources/diffusers_conditioning.md, section 8)."""
    return pixel_unshuffle(latents, 2).flatten(2).mT


def unpacked(tokens):
    """The latents of `packed`."""
    side = pipelines.SIDE // 2
    return pixel_shuffle(tokens.mT.unflatten(2, (side, side)), 2)


@pytest.fixture(scope="module", params=pipelines.FAMILIES)
def case(request, tmp_path_factory):
    return Recorded(request.param, tmp_path_factory.mktemp(request.param))


def same(case, workflow, own):
    """Equal bytes; PixArt's pipeline gives the network its null rows first, and masked attention rounds by a row's place."""
    assert len(workflow) == len(own) == pipelines.STEPS
    for ours, theirs in zip(workflow, own, strict=True):
        latent = packed(ours[:, 0]) if case.name == "flux" else ours[:, 0]
        limit = 1e-6 * float(theirs.abs().max()) if case.name == "pixart" else 0
        torch.testing.assert_close(latent, theirs, atol=limit, rtol=0)


def test_unpruned(case):
    generation, states = case.generation()
    result = run_trunk(generation, range(SAMPLES))
    same(case, states, case.own()[0])
    np.testing.assert_array_equal(result.latents, states[-1][:, 0].numpy())
    assert len({row.tobytes() for row in result.latents}) == SAMPLES


def test_pictures(case, tmp_path):
    """Decoded as the pipeline does it, SD3's and Flux's latents shifted, into the same 8 bits."""
    states, own = case.own()
    latents = unpacked(states[-1]) if case.name == "flux" else states[-1]
    asset = pipelines.decoder(case.name, case.folder / case.name)
    fetch_decoder(
        asset | {"checkpoint": completed("checkpoint", asset["checkpoint"])}, tmp_path, tmp_path / "decoder.safetensors"
    )
    decoder = build_decoder(required(case.card.decoder), tmp_path / "decoder.safetensors")
    pixels = decoder.pixels(latents.numpy())
    np.testing.assert_allclose(np.clip(pixels / 2 + 0.5, 0, 1), own, atol=1e-5)
    eight = (own * 255).round().astype(np.uint8).transpose(0, 2, 3, 1)
    assert np.array_equal(decode(latents.numpy(), decoder), eight)


@pytest.mark.parametrize("window", ["every", "last"])
def test_pruned(case, window):
    """The same quantile of all conditions; late variants continue from the trunk's snapshot."""
    steps = range(pipelines.STEPS) if window == "every" else range(pipelines.STEPS - 1, pipelines.STEPS)
    start = steps.start
    generation, states = case.generation(window)
    trunk = run_trunk(generation, range(SAMPLES), [start])
    before = list(states)
    states.clear()
    grid = timestep_grid(case.card.conditioning, 1)
    vectors = ConditionVectors(generation.network, case.card.conditioning, case.inputs, "cpu")
    edit = edit_at(generation.network, vectors, grid, PRUNING, steps, np.zeros(SAMPLES, dtype=np.int64))
    generation = generation.named("pruned")
    run_branch(generation, range(SAMPLES), edit, start, trunk.snapshots[start] if start else None)
    given = {"conditions": None} if case.name in ("dit", "pixart") else {"conditions": pooled(case)}
    with pruned(case.pipeline, PRUNING, window=steps, steps=pipelines.STEPS, timesteps=grid, **given):
        own, _ = case.own()
    same(case, before[:start] + states, own)
    assert not torch.equal(states[-1], before[-1])


def pooled(case):
    """The pooled vectors of all prompts."""
    return load_conditions(required(case.card.conditioning), case.folder)[1]["text"][: len(pipelines.PROMPTS)]
