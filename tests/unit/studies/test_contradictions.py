"""What a schema cannot say: values that do not fit each other are refused when a study is read, not in a job hours later."""

import copy
import re
import shutil

import pytest
import yaml

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.study.cards import load_card
from semantic_bottleneck.study.validation import load_yaml
from tests.unit.studies.hostile import put
from tests.unit.studies.rules import plan
from tests.workflow.project import ROOT

NANO = load_yaml(ROOT / "config/nano.yaml")
TAIL = {"side": "tail", "quantile": 0.4}
TOKENS = {"kind": "t5", "source": "a/b", "model": "text_encoder", "tokenizer": "tokenizer"}
WIDE = {"head": 0.125, "top": 0.25, "shoulder": 0.5}


def changed(document: dict, changes: dict[str, object]) -> dict:
    """A copy with values at dotted paths; the value `...` removes the key."""
    document = copy.deepcopy(document)
    for path, value in changes.items():
        if value is ...:
            *parents, last = path.split(".")
            inside = document
            for key in parents:
                inside = inside[key]
            del inside[last]
        else:
            put(document, tuple(path.split(".")), value)
    return document


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"study": "checkpoints"}, "study is 'checkpoints', a folder that all studies share"),
        ({"generation.shards": 7}, "generation.shards exceeds the number of micro-batches"),
        ({"generation.shards": 1001}, "'generation.shards' must be a whole number from 1 to 1000, not 1001"),
        ({"evaluation.groups": 61}, "evaluation.groups is 61, more than the 60 samples"),
        ({"generation.snapshots": [0.5, 0.5]}, "'generation.snapshots' holds 0.5 twice"),
        ({"pruning.variants.x": {"tau": 0.1}}, "pruning.variants.x has tau but no side"),
        ({"pruning.variants.x": {"window": "last"}}, "pruning.variants.x has window but no side"),
        ({"pruning.variants.x": {"branch": "conditional"}}, "pruning.variants.x has branch but no side"),
        ({"pruning.variants.x": {**TAIL, "noise": 1, "replacement": "class-mean"}}, "has noise and a replacement"),
        ({"pruning.variants.x": {"side": "tail", "ranks": [1, 2]}}, "pruning.variants.x: the key ranks and side: ranks"),
        ({"pruning.variants.x": {"side": "ranks", "count": 2}}, "pruning.variants.x: the key ranks and side: ranks"),
        ({"pruning.variants.x": {"side": "ranks", "ranks": [0, 2]}}, "pruning.variants.x.ranks is [0, 2]; give whole ranks"),
        ({"pruning.variants.x": {"side": "ranks", "ranks": [0.5, 0.5]}}, "pruning.variants.x.ranks is [0.5, 0.5]"),
        ({"pruning.variants.tail-39-last": {"side": "ranks", "ranks": [17, 20]}}, "none of the 16 dimensions of c of sit-nano"),
        ({"tables.localisation": {"models": ["dit-nano"]}},
         "localisation.head is 0.03125, which leaves none of the 16 dimensions of c of dit-nano on one side"),
        ({"tables.initialisation": {"models": ["dit-nano"]}},
         "localisation.head is 0.03125, which leaves none of the 16 dimensions of c of dit-nano on one side"),
        ({"tables.localisation": {"models": ["dit-nano"]}, "localisation.head": 0.5},
         "localisation.head, top and shoulder must rise in this order"),
        ({"models": ["dit-nano", "sit-nano", "sit-nano.s1", "repa-nano", "mg-nano", "xmdpt-l"],
          "tables.localisation": {"models": ["xmdpt-l"]}},
         "tables.localisation.models names 'xmdpt-l', whose conditions are neither classes nor prompts, so no sample can show"),
        ({"figures.figure_localisation": {"models": ["dit-nano"]}},
         "figures.figure_localisation.models names 'dit-nano', which tables.localisation does not; add it there or remove it"),
        ({"tables.localisation": {"models": ["dit-nano"]}, "localisation": WIDE,
          "figures.figure_noise": {"models": ["dit-nano"]}},
         "figures.figure_noise needs noise, but localisation.noise is empty; name sizes, such as [0.5, 1, 2], or remove it."),
        ({"tables.localisation": {"models": ["dit-nano"]}, "localisation": WIDE | {"shift": 20}},
         "localisation.shift is 20: with 10 classes that is no other class"),
        ({"tables.localisation": {"models": ["dit-nano"]}, "localisation": WIDE | {"samples": 15}},
         "localisation.samples is 15, no multiple of generation.micro_batch = 10"),
        ({"conditions.timesteps": 1, "pruning.variants.x": {**TAIL, "ranked_by": "time-variance"}},
         "pruning.variants.x.ranked_by is time-variance, but conditions.timesteps is 1"),
        ({"pruning.variants.baseline": {"seed": 1}}, "pruning.variants.baseline has seed but no side"),
        ({"pruning.variants.x": {"side": "tail"}}, "'pruning.variants.x' needs exactly one of the keys tau, quantile"),
        ({"pruning.variants.x": {**TAIL, "like": "tail"}}, "pruning.variants.x.like is only for side: random"),
        ({"pruning.variants.x": {**TAIL, "last_steps": 2}}, "pruning.variants.x.last_steps is only for window: last"),
        ({"pruning.variants..": TAIL}, "the name '' in 'pruning.variants' must be a name"),
        ({"pruning.variants.baseline": TAIL}, "pruning.variants must hold the unpruned 'baseline: {}'"),
        ({"evaluation.clip": "study-cnn"}, "config/assets/study-cnn.yaml does not exist"),
        ({"evaluation.dinov2": "inception"}, "dinov2 name networks that judge: config/assets/inception.yaml describes"),
        ({"data": ...}, "'data' is missing: study-cnn is trained here"),
        ({"data": "mnist16"}, "architecture.input_size of dit-nano is 8, but the data set mnist16 has 16"),
        ({"conditions.checkpoints": [0, 41]}, "dit-nano ends at step 40; take 41 out of conditions.checkpoints"),
        ({"models": ["sit.s1"], "tables": {}, "figures": {}}, "'sit.s1' is a replicate, but sit is not trained here"),
        ({"models": ["sit-nano.s0"]}, "'models.0' must be the name of a model card, with or without .s1"),
        ({"models": ["sit-mini-sde"], "conditions.checkpoints": [], "tables": {}, "figures": {}},
         "models: 'sit-mini-sde' uses the weights of sit-mini, which is not in models; add it there"),
        ({"tables.table5": {}}, "tables.table5.models is missing: the paper shows none of the study's models there"),
        ({"tables.table4.models": ["dit"]}, "tables.table4.models names 'dit', which is not in models"),
        ({"tables.table6.variants": ["baseline", "x"]}, "tables.table6.variants: pruning.variants has no variant 'x'"),
        ({"tables.table6.variants": ["baseline", "baseline"]}, "'tables.table6.variants' holds 'baseline' twice"),
        ({"figures.figure7.models": ["sit-nano", "dit-nano"]}, "figures.figure7.models' must be a list of 1, not a list of 2"),
        ({"figures.figure10.samples": [60]}, "figures.figure10.samples names 60, beyond the first shard; use 0 to 59"),
        ({"models": ["sd3-2b"], "tables": {"table2": {"models": ["sd3-2b"], "variants": ["baseline"]}}, "figures": {}},
         "tables.table2.models names 'sd3-2b', whose card has no sampler"),
        ({"models": ["sd3-2b"], "tables": {}, "figures": {"figure13": {"models": ["sd3-2b"]}}},
         "figures.figure13.models names 'sd3-2b', whose card has no sampler"),
        ({"models": ["sd3-2b"], "tables": {}, "figures": {"figure42": {"models": ["sd3-2b"]}}},
         "figures.figure42.models names 'sd3-2b', of whose family sd3 no block can be timed"),
        ({"models": ["sit"], "tables": {}, "figures": {"figure12": {"models": ["sit"]}}},
         "figures.figure12.models names 'sit', which is not trained here"),
        ({"conditions.checkpoints": []}, "figures.figure12.models names 'sit-nano', but conditions.checkpoints is empty"),
        ({"pruning.variants.tail-39-last": {"side": "tail", "count": 17}}, "count is 17, but c of sit-nano has 16 dimensions"),
        ({"models": ["xmdpt-s"], "tables": {"table7": {"models": ["xmdpt-s"], "variants": ["baseline"]}}, "figures": {}},
         "tables.table7.models names 'xmdpt-s', whose pictures only Inception judges; set evaluation.extractor to inception"),
        ({"dynamics.encode": {"images": "x"}}, "dynamics.encode makes latents, but dynamics.data is digits"),
        ({"dynamics.variants.timesteps-50.of": "nobody"}, "timesteps-50.of is neither an earlier variant nor a card"),
        ({"dynamics.variants.timesteps-50.set": {}}, "dynamics.variants.timesteps-50 has a factor but changes nothing"),
        ({"dynamics.variants.timesteps-50.set": {"training.steps.x": 1}}, "sets 'training.steps.x', but steps holds a value"),
        ({"dynamics.variants.timesteps-50.set": {"training.": 1}}, "must be a dotted key below training or architecture"),
        ({"dynamics.variants.timesteps-50.set": {"architecture.num_heads": 3}}, "architecture.num_heads is 3: it must divide"),
        ({"dynamics.figures": ["figure_ablations"]}, "dynamics.figures names figure_ablations, but no variant has the factor"),
        ({"trainings.models": ["uvit"]}, "trainings.models names 'uvit', which is not in models"),
        ({"trainings.variants": ["x"]}, "trainings.variants: pruning.variants has no variant 'x'"),
        ({"given": {"sit-nano": {"path": "a.npz", "title": "A"}}}, "given has 'sit-nano', the name of a model of the study"),
        ({"dynamics.gpus": 3}, "dynamics.gpus is 3, which does not divide an update's 1 micro-batches"),
        ({"mechanism.arms.b": {"of": "t-in-4", "role": "confined"}}, "mechanism.arms.b.role is 'confined', which 't-in-4' has"),
        ({"dier.variants.inputs": {"title": "x"}}, "dier.variants has 'inputs', the name of what the pixels know"),
        ({"dier.training.patch_size": 3}, "dier.runs.digits: patch_size of dier-4 is 3, which does not divide 8 pixels"),
        ({"dier.training.strides": [1, 3]}, "dier.runs.digits: strides of dier-4 are [1, 3]; the size nano needs 2"),
        ({"dier.pruning.variants": ["backbone"]}, "dier.pruning.variants names 'backbone', which learns no vector to prune"),
        ({"dier.runs": {"nobody": {"variants": {"dier-4": 1}}}}, "dier.runs names a data card: "),
    ],
)  # fmt: skip
def test_a_study_that_contradicts_itself(changes, words):
    with pytest.raises(UserError, match=re.escape(words)):
        plan(changed(NANO, changes), ROOT)


@pytest.mark.parametrize(
    ("name", "changes", "words"),
    [
        ("sit-nano", {"architecture.num_heads": 3}, "architecture.num_heads is 3: it must divide hidden_size = 16"),
        ("sit-nano", {"architecture.patch_size": 3}, "architecture.patch_size is 3: it must divide input_size = 8"),
        ("sit-nano", {"architecture.hidden_size": 6}, "architecture.hidden_size is 6: it must be a multiple of 4"),
        ("repa-nano", {"architecture.projection_depth": 3}, "projection_depth is 3: it must lie between 1 and depth = 2"),
        ("repa-nano", {"architecture.projector_dims": ...}, "aligned-velocity needs architecture.projector_dims"),
        ("mdt", {"architecture.decode_layer": 3}, "architecture.decode_layer is 3: it must leave an even part of depth = 28"),
        ("xmdpt-l", {"architecture.decode_layer": 90}, "architecture.decode_layer is 90: it must lie between 1 and depth"),
        ("lightningdit", {"architecture.num_heads": 64}, "num_heads is 64: it must leave heads of a multiple of 4"),
        ("mdsgen-b", {"architecture.frequency_size": 205}, "'architecture.frequency_size' must be a whole number"),
        ("sit-nano", {"conditioning.classes": 9}, "conditioning.classes is 9 and architecture.num_classes 10"),
        ("sit-nano", {"sampler": {"name": "ddpm", "steps": 1001}}, "sampler.steps' must be a whole number from 1 to 1000,"),
        ("sit-nano", {"sampler.steps": 1}, "'sampler.steps' must be a whole number from 2 to 100000, not 1"),
        ("sit-nano", {"sampler.shift": 0.3}, "'sampler.shift'; known keys of the sampler sit-ode are name, steps"),
        ("sit-nano", {"sampler.method": "heun"}, "'sampler.method' must be 'euler', 'heun2', 'midpoint' or 'rk4', not 'heun'"),
        ("sit-nano", {"sampler": {"name": "sit-dopri5", "steps": 5}}, "unknown key 'sampler.steps'; known keys of the sampler"),
        ("sit-nano", {"training.objective.weight": 1}, "unknown key 'training.objective.weight'; known keys of the objective"),
        ("repa-nano", {"training.objective.weight": ...}, "the key 'training.objective.weight' is missing; add it: a number"),
        ("sit-nano", {"training.micro_batch": 5}, "training.micro_batch is 5, which does not divide batch_size = 32"),
        ("sit-nano", {"architecture.learn_sigma": True}, "learn_sigma is true, but no objective trains a variance"),
        ("sit-nano", {"architecture.condition_rank": 4}, "nothing is trained with it"),
        ("sit-nano", {"architecture.null_class": False}, "architecture.null_class is false, but training drops labels"),
        ("sit", {"architecture.drop_sigma": False}, "sampler.name is sit-sde, which needs as many output channels"),
        ("sit", {"architecture.null_class": False}, "guidance.scale is above 1, but architecture.null_class is false"),
        ("repa-nano", {"guidance.interval": [0.7, 0.1]}, "guidance.interval is [0.7, 0.1]; give the lower time first"),
        ("sd3-2b", {"sampler": {"name": "sit-ode", "steps": 5}, "guidance": {"scale": 1}}, "of family 'sd3' only what makes c"),
        ("sit-nano", {"sampler": ..., "guidance": ...}, "'training' needs the key 'sampler' beside it; add it"),
        ("sit-nano", {"extends": "sit-nano"}, "extends 'sit-nano', which extends a card itself"),
        ("sit-nano", {"extends": "nobody"}, "extends 'nobody', but "),
        ("sit-nano", {"extends": "../sit"}, "'extends' must be a name of at most 100 lower-case letters"),
        ("sit-nano", {"paper.tables": {"table8": 1}}, "the name 'table8' in 'paper.tables' must be 'table1', 'table2'"),
        ("sit-nano", {"decoder.name": "inception"}, "config/assets/inception.yaml describes a network of kind inception"),
        ("sit-nano", {"decoder.name": "nobody"}, "a decoder in its card: config/assets/nobody.yaml does not exist"),
        ("sit-nano", {"decoder.vocoder": "sd-vae-ft-mse"}, "where one of kind vocoder is needed"),
        ("mochi", {"conditioning.encoders": [TOKENS | {"kind": "t5-padded"}]},
         "conditioning.encoders.0.kind is t5-padded, but family 'mochi' pools tokens of t5; correct it."),
        ("hunyuandit", {"conditioning.encoders": [TOKENS]},
         "conditioning.encoders.0.kind is t5, but family 'hunyuandit' pools tokens of t5-padded; correct it."),
        ("lumina-next", {"conditioning.encoders": [TOKENS]},
         "conditioning.encoders.0.kind is t5, but family 'lumina-next' pools tokens of gemma; correct it."),
        ("hunyuandit", {"conditioning.encoders": [TOKENS | {"kind": "t5-padded", "tokens": 77}]},
         "conditioning.encoders.0.tokens is 77 and architecture.tokens 256"),
        ("lumina-next", {"conditioning.encoders": [TOKENS | {"kind": "clip"}]}, "'conditioning.encoders.0.kind' must be 't5'"),
        ("flux-dev", {"conditioning.encoders": [TOKENS]}, "'conditioning.encoders.0.kind' must be 'clip'"),
        ("sit-nano", {"sampler": {"name": "sit-dopri5"}},
         "takes one step, which no window divides"),
    ],
)  # fmt: skip
def test_a_model_card_that_contradicts_itself(tmp_path, name, changes, words):
    shutil.copytree(ROOT / "config", tmp_path / "config")
    path = tmp_path / f"config/models/{name}.yaml"
    path.write_text(yaml.safe_dump(changed(load_yaml(path), changes)))
    study = NANO if name in NANO["models"] else NANO | {"models": [name], "tables": {}, "figures": {}}
    with pytest.raises(UserError, match=re.escape(words)):
        plan(study, tmp_path)


def test_the_adaptive_solver_can_be_named(tmp_path):
    """As config/models/sit.yaml says; every step option is another sampler's."""
    card = changed(load_yaml(ROOT / "config/models/sit.yaml"), {"sampler": {"name": "sit-dopri5", "atol": "1e-6"}})
    (tmp_path / "sit.yaml").write_text(yaml.safe_dump(card))
    assert load_card(tmp_path / "sit.yaml")["sampler"] == {"name": "sit-dopri5", "atol": 1e-6, "rtol": 1e-3}


def test_names_too_long_for_a_file_are_no_accident():
    """Addresses with signatures have hundreds of characters, and the rules ask whether they are files of the user's."""
    long = "x" * 300
    study = changed(NANO, {"dynamics.data": "latents:data/x", "dynamics.encode": {"images": long}})
    assert not plan(study, ROOT).dynamics.encodes(ROOT)
    study = changed(NANO, {"dynamics.data": f"latents:{long}", "dynamics.figures": []})
    assert "data absent" in plan(study, ROOT).dynamics.missing(ROOT)


def test_another_broken_file_below_config_stops_no_study(tmp_path):
    shutil.copytree(ROOT / "config", tmp_path / "config")
    (tmp_path / "config/._nano.yaml").write_bytes(b"\0\5\x16\7")
    (tmp_path / "config/notes.yaml").write_text("- a\n")
    (tmp_path / "config/config.yaml").write_text("a: [\n")
    assert plan(NANO, tmp_path).study.file == "config/nano.yaml"
