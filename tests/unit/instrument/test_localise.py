"""Where the class is, of a network in memory: worlds whose answer is known, and the numbers of the workflow."""

import zlib

import diffusers
import numpy as np
import pytest
import torch
from torch import nn

from examples.localise_class import main
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.instrument.localise import GROUPS, localise
from semantic_bottleneck.instrument.pruned import pruned
from semantic_bottleneck.models.condition import Condition
from semantic_bottleneck.models.registry import build_network
from semantic_bottleneck.sampling.class_protocol import drawing_groups
from semantic_bottleneck.sampling.edits import edit_at
from semantic_bottleneck.sampling.model_run import ConditionVectors
from semantic_bottleneck.sampling.registry import build_sampler
from semantic_bottleneck.sampling.trajectory import Generation, run_branch
from semantic_bottleneck.scores.frechet import prepare_reference
from semantic_bottleneck.scores.localisation import localisation_rows
from semantic_bottleneck.study.localisation import OWN, Localisation, prunings
from semantic_bottleneck.study.pruning import DEFAULTS as VARIANT
from semantic_bottleneck.study.pruning import Pruning
from semantic_bottleneck.study.validation import load_schema
from tests.sections import STUDY_SCHEMA, conditioning_of, guidance_of, sampler_of
from tests.unit.models.diffusers_cases import CASES

CLASSES, WIDTH, SAMPLES = 10, 64, 200
LABELS = np.arange(SAMPLES) % CLASSES


def test_groups_are_those_of_a_study():
    groups = load_schema(STUDY_SCHEMA)["properties"]["evaluation"]["properties"]["groups"]["default"]
    assert groups == GROUPS


# Worlds -------------------------------------------------------------------------------------------------------------------


class World(nn.Module):
    """A network that passes c on: the largest two entries are time, the class is in the shoulder, the tail is small noise."""

    num_classes = null_label = CLASSES

    def __init__(self, where: slice):
        super().__init__()
        rng = np.random.default_rng(0)
        y = 0.01 * rng.standard_normal((CLASSES + 1, WIDTH))
        y[:, where] += rng.choice([-1.0, 1.0], (CLASSES + 1, where.stop - where.start))
        self.y = nn.Parameter(torch.from_numpy(y).float())
        self.t = torch.zeros(WIDTH)
        self.t[:2] = 8.0

    def condition(self, t, y):
        rows = self.y[y]
        return Condition(self.t.expand_as(rows), rows, self.t + rows)

    def forward(self, x, t, y, edit=None):
        c = self.condition(t, y).c
        return c if edit is None else edit(c)


@torch.inference_mode()
def numbers(world: World, **keys) -> dict[tuple[str, str, str], float]:
    clean = world.condition(torch.zeros(CLASSES), torch.arange(CLASSES)).c

    def sample(labels):
        batches = np.split(labels, range(50, SAMPLES, 50))
        # Two steps, so that the next batch is the next trajectory.
        runs = [[world(None, torch.full((50,), t), torch.from_numpy(rows)) for t in (1.0, 0.0)] for rows in batches]
        return torch.cat([last for _, last in runs])

    def judge(samples):
        distance = torch.cdist(samples - clean.mean(0), clean - clean.mean(0))
        return distance.argmin(dim=1).numpy()

    rows = localise(world, sample, judge, LABELS, **keys)
    assert {row["n"] for row in rows} == {SAMPLES}
    return {(row["variant"], row["against"], row["metric"]): row["value"] for row in rows}


@pytest.mark.parametrize(("where", "part"), [(slice(2, 22), "shoulder"), (slice(0, 2), "head")])
def test_the_part_that_holds_the_class_is_found(where, part):
    found = numbers(World(where))
    assert found["baseline", "", "class_agreement"] == 1.0
    other = {"shoulder": "head", "head": "shoulder"}[part]
    for name in (other, "tail"):
        assert found[f"{name}-mean", "baseline", "class_agreement"] == 0.0
    assert found[f"{part}-mean", "baseline", "class_agreement"] < -0.5
    assert found["head-mean", "shoulder-mean", "class_agreement"] == (
        found["head-mean", "", "class_agreement"] - found["shoulder-mean", "", "class_agreement"]
    )


def test_a_transplant_draws_the_class_it_came_from():
    found = numbers(World(slice(2, 22)), localisation=Localisation.of(shift=3), variants=["shoulder-other", "tail-other"])
    assert found["shoulder-other", "", "other_class_agreement"] == 1.0
    assert found["shoulder-other", "", "class_agreement"] == 0.0
    assert found["tail-other", "", "class_agreement"] == 1.0
    assert {variant for variant, _, _ in found} == {"baseline", "shoulder-other", "tail-other"}


# The workflow -------------------------------------------------------------------------------------------------------------


def test_the_rows_are_those_of_the_workflow(tmp_path):
    """A small random DiT in the workflow's own sampler, all variants: pruned by hooks, and by the workflow."""
    torch.manual_seed(0)
    sizes = {"input_size": 4, "patch_size": 2, "in_channels": 1, "hidden_size": 32, "depth": 1, "num_heads": 2}
    network = build_network("dit", sizes | {"num_classes": 4, "learn_sigma": False, "t_scale": 1000.0}).eval()
    for tensor in network.parameters():
        nn.init.normal_(tensor, std=0.3)
    samples, steps, classes, groups = 24, 3, 4, 3
    labels = np.arange(samples) % classes
    conditioning = conditioning_of(
        {"kind": "class", "classes": classes, "initial_timestep": 0.0, "timesteps": {"start": 0.0, "stop": 0.9}}
    )
    section = Localisation.of(head=0.1, top=0.2, shoulder=0.5, noise=(0.5,))
    variants = section.variants(VARIANT)

    def generation(name):
        sampler = build_sampler(sampler_of({"name": "sit-ode", "steps": steps, "method": "euler"}))
        of = lambda batch: torch.from_numpy(labels[list(batch)])  # noqa: E731
        return Generation(network, sampler, guidance_of({"scale": 2.0}), of, (1, 4, 4), 5, 8, tmp_path / name, name)

    def judge(latents):
        """Depends on every bit of a sample."""
        return np.array([zlib.crc32(each.tobytes()) % classes for each in np.asarray(latents)])

    calls = iter(range(100))
    unpruned = edit_at(network, None, [0.0], None, [], labels)
    rows = localise(
        network,
        lambda _: run_branch(generation(str(next(calls))), range(samples), unpruned).latents,
        judge,
        labels,
        section,
        groups=groups,
        steps=steps,
    )

    vectors, draws = ConditionVectors(network, conditioning, None, "cpu"), drawing_groups(samples, classes, groups)
    seen = {}
    for name, pruning in prunings(variants).items():
        window = [] if pruning is None else [*pruning.window.steps(steps, 0.1)]
        edit = edit_at(network, vectors, [0.0], pruning, window, draws)
        seen[name] = judge(run_branch(generation(name), range(samples), edit).latents)
    columns = {
        "setting": np.full(samples * len(seen), OWN),
        "variant": np.repeat(list(seen), samples),
        "sample": np.tile(np.arange(samples), len(seen)),
        "label": np.tile(labels, len(seen)),
        "logits": np.eye(classes)[np.concatenate(list(seen.values()))],
        "features": np.random.default_rng(0).standard_normal((samples * len(seen), 2)),
        "clip": np.ones((samples * len(seen), 2)),
    }
    table = localisation_rows(
        "m", columns, prepare_reference(np.zeros(2), np.eye(2)), np.ones((classes, 2)), classes, groups, section.shift
    )
    theirs = [dict(zip(table, row, strict=True)) for row in zip(*table.values(), strict=True)]
    agreements = [row for row in theirs if row.pop("model") and row.pop("setting") and row["metric"].endswith("agreement")]
    assert len({tuple(classes) for classes in seen.values()}) > 5
    assert repr(rows) == repr(agreements)  # NaN is NaN


def test_groups_of_samples_have_choices_of_their_own():
    world = World(slice(2, 22))
    with torch.inference_mode(), pruned(world, Pruning.random("tail", fraction=0.5), draws=[0, 0, 1, 1]):
        c = world(None, torch.zeros(4), torch.zeros(4, dtype=torch.int64))
    kept = [tuple(row.nonzero().flatten().tolist()) for row in c]
    assert kept[0] == kept[1] != kept[2] == kept[3]


# What is refused ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("judge", "labels", "keys", "words"),
    [
        (lambda samples: [0, 1], [0, 1, 2], {}, r"Of 3 samples the judge returned int64 \(2,\)"),
        (lambda samples: [0.0, 1.0, 2.0], [0, 1, 2], {}, "the judge returned float64"),
        (lambda samples: [0], [CLASSES], {}, "from 0 to 9"),
        (lambda samples: [0], [], {}, "from 0 to 9"),
        (lambda samples: [0], [0], {"variants": ["head"]}, "no variant head; it has baseline, head-mean"),
        (lambda samples: [0], [0], {"localisation": Localisation.of(window="last")}, "needs steps"),
    ],
)
def test_what_does_not_fit_is_one_sentence(judge, labels, keys, words):
    with pytest.raises(UserError, match=words):
        localise(World(slice(2, 22)), lambda labels: labels, judge, labels, **keys)


def test_an_unknown_key_is_one_sentence():
    with pytest.raises(UserError, match="no key heads; it has samples, window"):
        Localisation.of(heads=1)


def test_where_text_enters_samples_have_the_conditions_in_turn():
    case = CASES["sd3"]
    prompts = case.inputs["pooled_projections"]
    with pytest.raises(UserError, match="sample i has condition i"):
        localise(case.build(), lambda labels: labels, lambda samples: samples, [1, 0], conditions=prompts)
    with pytest.raises(UserError, match="no condition enters"):
        localise(CASES["pixart"].build(), lambda labels: labels, lambda samples: samples, [0])


# The example --------------------------------------------------------------------------------------------------------------


def test_the_example_runs_on_a_small_pipeline(capsys):
    torch.manual_seed(0)
    sizes = {"num_attention_heads": 2, "attention_head_dim": 16, "in_channels": 4, "out_channels": 8, "num_layers": 1}
    transformer = diffusers.DiTTransformer2DModel(**sizes, sample_size=8, norm_eps=1e-6)
    decoder = diffusers.AutoencoderKL(block_out_channels=(4,), norm_num_groups=1, latent_channels=4)
    pipeline = diffusers.DiTPipeline(transformer, decoder, diffusers.DDIMScheduler())
    pipeline.set_progress_bar_config(disable=True)
    costs = main(pipeline, lambda pictures: pictures.mean(dim=(2, 3)).argmax(dim=1).numpy(), [0, 1, 2, 3] * 3, 2, batch=6)
    assert list(costs) == ["head-mean", "shoulder-mean", "tail-mean", "tail-mean-random"]
    assert capsys.readouterr().out.startswith("head-mean: ")
