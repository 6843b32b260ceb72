"""Where the class is: worlds whose answer is known, through the variants, edits and scores of a study, to the claims."""

import re

import numpy as np
import pandas as pd
import pytest
import torch

from semantic_bottleneck.files import conditions_file
from semantic_bottleneck.reporting.core.claim import FAILS, HOLDS, NOT_RUN, OPEN
from semantic_bottleneck.reporting.core.measures import Measures
from semantic_bottleneck.reporting.core.style import read_drawing
from semantic_bottleneck.reporting.paper.claims import localisation as claims
from semantic_bottleneck.reporting.paper.evidence import PaperEvidence
from semantic_bottleneck.reporting.paper.figures.figure_localisation import draw_figure_localisation
from semantic_bottleneck.reporting.paper.figures.figure_noise import draw_figure_noise
from semantic_bottleneck.reporting.paper.tables.initialisation import build_initialisation
from semantic_bottleneck.reporting.paper.tables.localisation import build_localisation, row_title
from semantic_bottleneck.sampling.class_protocol import drawing_groups
from semantic_bottleneck.sampling.edits import edit_at
from semantic_bottleneck.scores.frechet import prepare_reference
from semantic_bottleneck.scores.localisation import localisation_rows
from semantic_bottleneck.study.localisation import BASELINE, OWN, REPEATED, Localisation, prunings
from semantic_bottleneck.uncertainty.origins import Origin
from tests.sections import variant_of
from tests.unit.reporting import synthetic

CLASSES, WIDTH, SAMPLES, GROUPS, SHIFT = 10, 64, 400, 20, 3
HEAD, LARGE = 2, 22
"""Of 64 dimensions: the head has 2, the shoulder 20."""
SECTION = Localisation(None, "every", 0.03125, 0.1015625, 0.33984375, (), False, SHIFT, (1.0,))
NAMES = list(SECTION.variants(variant_of({})))
TIME = 8.0
UNSURE = {"head": 0.15, "shoulder": 0.27, "places": 0.27, "tail": 0.45, "mask": 0.27}
"""Of the network: so much that half a class is worth something."""


class World:
    """c of every class, and a network that draws the class whose code is nearest to what it reads of c."""

    count = CLASSES
    null_label = CLASSES

    def __init__(self, where: str):
        rng, self.where = np.random.default_rng(5), where
        y = rng.normal(0, 0.01, (CLASSES, WIDTH))
        if where == "head":
            angle = 2 * np.pi * np.arange(CLASSES) / CLASSES
            y[:, :HEAD] += 3 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
        elif where == "tail":
            y[:, HEAD:LARGE] += 1.0
            y[:, LARGE:] += 0.3 * rng.choice([-1.0, 1.0], (CLASSES, WIDTH - LARGE))
        elif where == "places":
            y[:, HEAD:LARGE] += 1.0 + 0.4 * rng.choice([-1.0, 1.0], (CLASSES, LARGE - HEAD))
        else:
            for row in y:
                row[HEAD + rng.permutation(WIDTH - HEAD)[: LARGE - HEAD]] += 1.0
        y[:, :HEAD] += TIME
        self.c = torch.from_numpy(y)
        self.codes = self.read(y)

    def read(self, c: np.ndarray) -> np.ndarray:
        """What decides the class; of the world `mask` only which entries are large."""
        values = (np.abs(c) > 0.5).astype(float) if self.where == "mask" else c - np.asarray(self.c).mean(axis=0)
        values = values[:, :HEAD] if self.where == "head" else values[:, HEAD:]
        return values / np.maximum(np.linalg.norm(self.c.numpy() - self.c.numpy().mean(axis=0), axis=1).mean(), 1e-9)

    def at(self, timestep):
        return self.c

    def of(self, timestep, conditions):
        return self.c[conditions]

    def samples(self) -> dict[str, np.ndarray]:
        """Judges' view of all variants: the time that the head tells is the quality of a picture."""
        index, columns = np.arange(SAMPLES), {}
        labels = index % CLASSES
        draws = drawing_groups(SAMPLES, CLASSES, GROUPS)
        for name, pruning in prunings(SECTION.variants(variant_of({}))).items():
            rng = np.random.default_rng(1)
            edit = edit_at(self, self, [0.0], pruning, [0], draws)(0)
            c = self.c[torch.from_numpy(labels)]
            changed = (c if edit is None else edit(torch.from_numpy(labels), range(SAMPLES), 0.0)(c)).numpy()
            unsure = rng.normal(0, UNSURE[self.where], (SAMPLES, CLASSES))
            logits = -((self.read(changed)[:, None] - self.codes[None]) ** 2).sum(axis=2) + unsure
            features = changed[:, :HEAD].mean(axis=1, keepdims=True) + rng.normal(0, 1, (SAMPLES, 2))
            own = {"setting": np.full(SAMPLES, OWN), "variant": np.full(SAMPLES, name), "sample": index, "label": labels}
            for key, values in (
                own | {"features": features, "logits": logits, "clip": np.eye(CLASSES)[logits.argmax(1)]}
            ).items():
                columns.setdefault(key, []).append(values)
        return {key: np.concatenate(values) for key, values in columns.items()}


def rows_of(where: str) -> pd.DataFrame:
    reference = prepare_reference(np.full(2, TIME), np.eye(2))
    return pd.DataFrame(
        localisation_rows("sit-mini", World(where).samples(), reference, np.eye(CLASSES), CLASSES, GROUPS, SHIFT)
    ).assign(origin=Origin("localisation/sit-mini.parquet"))


@pytest.fixture(scope="module")
def worlds() -> dict[str, pd.DataFrame]:
    return {where: rows_of(where) for where in UNSURE}


def evidence(frame: pd.DataFrame, **given) -> PaperEvidence:
    return PaperEvidence(synthetic.describe(), localisation=Measures(frame), **given)


RULES = (
    *("CLASS_IN_HEAD", "CLASS_IN_SHOULDER", "TAIL_IS_NOISE", "MASK_CARRIES_CLASS", "HEAD_IS_TIME", "MAGNITUDE_RANKS_CLASS"),
    "SHOULDER_IS_A_PLACE",
)
ANSWERS = {
    "head": (HOLDS, FAILS, HOLDS, FAILS, FAILS, HOLDS, FAILS),
    "shoulder": (FAILS, HOLDS, HOLDS, HOLDS, HOLDS, None, FAILS),
    "places": (FAILS, HOLDS, HOLDS, FAILS, HOLDS, None, HOLDS),
    "tail": (FAILS, FAILS, FAILS, FAILS, HOLDS, None, FAILS),
    "mask": (FAILS, HOLDS, HOLDS, HOLDS, HOLDS, None, FAILS),
}
"""World -> the right verdict of each rule; None where the largest tenth and any other cost the redundant code nothing.

In the worlds `shoulder` and `mask` each class has large entries of its own, in `places` all have theirs at the same dimensions.
"""


@pytest.mark.parametrize(
    ("where", "name", "right"), [(w, n, a) for w, row in ANSWERS.items() for n, a in zip(RULES, row, strict=True)]
)
def test_claims_decide_right_where_the_answer_is_known(worlds, where, name, right):
    findings = {finding.model: finding for finding in getattr(claims, name).claim(evidence(worlds[where])).findings}
    found = findings.pop("sit-mini")
    assert {finding.verdict for finding in findings.values()} == {NOT_RUN}
    assert found.verdict == (right or OPEN), found.sentence
    assert found.evidence == ("localisation/sit-mini.parquet",)


@pytest.mark.parametrize(("where", "part"), [("head", "head"), ("tail", "tail")])
def test_a_transplant_brings_the_other_class_where_the_class_is(worlds, where, part):
    frame = worlds[where].query("metric == 'other_class_agreement' and quantity == 'value'").set_index("variant")["value"]
    assert frame[f"{part}-other"] > 0.8
    assert frame[BASELINE] < 0.1
    assert frame[[f"{other}-other" for other in ("head", "shoulder", "tail") if other != part]].max() < 0.6


def test_without_a_classifier_the_margin_of_the_image_text_model_decides(worlds):
    frame = worlds["tail"]
    without = frame[~frame["metric"].isin(["class_agreement", "other_class_agreement"])]
    finding = next(f for f in claims.CLASS_IN_HEAD.claim(evidence(without)).findings if f.model == "sit-mini")
    assert finding.verdict == FAILS
    assert "% of the CLIP margin" in finding.sentence


def test_the_table_shows_each_variant_with_both_classes_and_its_difference(worlds):
    table = build_localisation(evidence(worlds["tail"], exhibit="localisation", models=["sit-mini", "absent"]))
    own = table.frame[table.frame["model"] == "sit-mini"]
    assert list(dict.fromkeys(own["column"])) == ["class_agreement", "other_class_agreement", "clip_margin", "fid"]
    assert list(dict.fromkeys(own["variant"])) == list(SECTION.variants(variant_of({})))
    tail = own[(own["variant"] == "tail-mean") & (own["column"] == "class_agreement")].iloc[0]
    assert tail["difference_high"] < -0.5
    assert own[own["variant"] == BASELINE]["difference"].isna().all()
    assert set(table.frame[table.frame["model"] == "absent"]["note"]) == {synthetic.REASON}


def test_where_no_judge_knows_the_conditions_the_distance_alone_is_taken():
    reference = prepare_reference(np.full(2, TIME), np.eye(2))
    rows = pd.DataFrame(localisation_rows("sit-mini", World("head").samples(), reference, None, CLASSES, GROUPS, SHIFT))
    assert set(rows["metric"]) == {"fid"}
    rows = rows.assign(origin=Origin("localisation/sit-mini.parquet"))
    found = next(f for f in claims.CLASS_IN_HEAD.claim(evidence(rows)).findings if f.model == "sit-mini")
    assert (found.verdict, found.sentence) == (NOT_RUN, "SiT-mini: no judge tells its conditions apart.")
    table = build_localisation(evidence(rows, exhibit="localisation", models=["sit-mini"])).frame
    assert set(table["column"]) == {"fid"}


def test_the_figures_show_the_numbers_of_the_claims(worlds, tmp_path):
    paths, frame = [tmp_path / "figure.png"], worlds["tail"]
    models = ["sit-mini", "absent"]
    drawn = draw_figure_localisation(evidence(frame, models=models), paths)
    assert read_drawing(paths[0]).alt == drawn
    assert drawn.startswith("SiT-mini, points of class agreement lost: as its mean over classes: head 0.0 [−0.9 to 0.9], ")
    assert "Absent" not in drawn
    tail = frame.query("variant == 'tail-other-shared' and metric == 'other_class_agreement' and against == 'baseline'").iloc[0]
    low, value, high = (f"{100 * tail[end]:.1f}" for end in ("low", "value", "high"))
    assert f"one mask: head 0.0 [−0.9 to 0.9], shoulder 0.0 [−0.9 to 0.9], tail {value} [{low} to {high}]" in drawn
    assert "SiT-mini, 3 trainings, " in draw_figure_localisation(evidence(trained(frame, 3), models=synthetic.SEEDS), paths)


def test_noise_is_drawn_for_each_part(worlds, tmp_path):
    paths, frame = [tmp_path / "figure.png"], worlds["tail"]
    drawn = draw_figure_noise(evidence(frame, models=["sit-mini", "absent"]), paths)
    assert read_drawing(paths[0]).alt == drawn
    lost = -frame.query("variant == 'all-noise-1' and metric == 'class_agreement' and against == 'baseline'")["value"].item()
    assert re.search(rf"head 0.0 \[.*\] at σ = 1; .*; all of c {100 * lost:.1f} \[.*\] at σ = 1\.$", drawn)


def test_without_a_classifier_the_figure_shows_the_margin(worlds, tmp_path):
    frame = worlds["tail"][worlds["tail"]["metric"].isin(["clip_margin", "fid"])]
    drawn = draw_figure_localisation(evidence(frame, models=["sit-mini"]), [tmp_path / "figure.png"])
    assert drawn.startswith("SiT-mini, % of the CLIP margin lost: ")
    margin = frame[frame["metric"] == "clip_margin"].set_index(["variant", "against"])["value"]
    brought = -100 * margin["tail-other", BASELINE] / margin[BASELINE, ""]
    assert f"tail {brought:.1f} [" in drawn.split("From another class")[1]


def trained(frame: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Three trainings whose numbers scatter by two points about those of one world."""
    rng, parts = np.random.default_rng(seed), []
    for number, model in enumerate(synthetic.SEEDS):
        moved = (frame["variant"] != BASELINE) & frame["metric"].str.contains("agreement")
        shift = np.where(moved & (frame["quantity"] == "difference"), rng.normal(0, 0.02), 0.0)
        own = frame.assign(model=model, origin=Origin(f"localisation/{model}.parquet"), value=frame["value"] + shift)
        parts.append(own if number else own.assign(value=frame["value"]))
    return pd.concat(parts, ignore_index=True)


@pytest.mark.parametrize(("where", "name"), [("head", "CLASS_IN_HEAD"), ("tail", "TAIL_IS_NOISE"), ("tail", "CLASS_IN_HEAD")])
def test_several_trainings_decide_together_by_the_numbers_of_the_table(worlds, where, name):
    frame = trained(worlds[where], 3)
    found = next(f for f in getattr(claims, name).claim(evidence(frame)).findings if f.model == "sit-mini")
    assert found.verdict == ANSWERS[where][RULES.index(name)], found.sentence
    assert found.sentence.startswith("SiT-mini, mean of 3 trainings: ")
    assert found.evidence == tuple(f"localisation/{model}.parquet" for model in synthetic.SEEDS)
    table = build_localisation(evidence(frame, exhibit="localisation_trainings", models=synthetic.SEEDS)).frame
    assert list(table["model"].unique()) == ["sit-mini"]
    cell = table[(table["variant"] == "tail-mean") & (table["column"] == "class_agreement")].iloc[0]
    differences = frame.query("variant == 'tail-mean' and against == 'baseline' and metric == 'class_agreement'")["value"]
    assert cell["n"] == len(differences) == 3
    assert cell["difference"] == pytest.approx(differences.mean())
    assert -1 <= cell["difference_low"] < cell["difference"] < cell["difference_high"] <= 1
    if name == "TAIL_IS_NOISE":
        low, value, high = (100 * cell[f"difference{end}"] for end in ("_low", "", "_high"))
        assert f"costs {-value:.1f} [{-high:.1f} to {-low:.1f}]" in found.sentence


def test_trainings_that_disagree_decide_nothing_though_each_is_sure(worlds):
    parts = zip(synthetic.SEEDS, ("head", "tail", "tail"), strict=True)
    frame = pd.concat([worlds[where].assign(model=model) for model, where in parts], ignore_index=True)
    found = next(f for f in claims.CLASS_IN_HEAD.claim(evidence(frame)).findings if f.model == "sit-mini")
    assert found.verdict == OPEN


def test_one_training_speaks_of_its_checkpoint(worlds):
    found = next(f for f in claims.CLASS_IN_HEAD.claim(evidence(worlds["head"])).findings if f.model == "sit-mini")
    assert found.sentence.startswith("SiT-mini, this checkpoint: ")


@pytest.mark.parametrize(("needed", "verdict"), [((1, 1, 1), HOLDS), ((25, 26, 28), FAILS), ((1, 1, 9), OPEN)])
def test_dimensions_of_the_class_are_counted_over_trainings_too(inputs, needed, verdict):
    chosen = inputs.geometry["metric"] == "dimension"
    extra = inputs.geometry[chosen].assign(metric="variance_dimensions_90_percent", value=1.0)
    for model, value in zip(synthetic.SEEDS, needed, strict=True):
        extra.loc[extra["model"] == model, "value"] = float(value)
    found = claims.FEW_CLASS_DIMENSIONS.claim(inputs.evidence(geometry=pd.concat([inputs.geometry, extra])))
    finding = next(f for f in found.findings if f.model == "sit-mini")
    assert finding.verdict == verdict, finding.sentence
    assert "mean of 3 trainings" in finding.sentence


def guided(worlds: dict[str, pd.DataFrame], where: str, unguided: str) -> pd.DataFrame:
    """One world at the card's guidance, another where guidance is off."""
    repeated = worlds[unguided][worlds[unguided]["variant"].isin([BASELINE, *REPEATED])]
    return pd.concat([worlds[where], repeated.assign(setting="guidance-1")], ignore_index=True)


@pytest.mark.parametrize(("unguided", "verdict"), [("head", HOLDS), ("tail", FAILS)])
def test_fatal_is_said_of_every_guidance(worlds, unguided, verdict):
    frame = guided(worlds, "head", unguided)
    found = next(f for f in claims.HEAD_FATAL.claim(evidence(frame)).findings if f.model == "sit-mini")
    assert found.verdict == verdict, found.sentence
    assert "(the card's guidance)" in found.sentence
    assert "(unguided)" in found.sentence


def test_the_other_claims_rest_on_the_cards_guidance(worlds):
    frame = guided(worlds, "head", "tail")
    found = next(f for f in claims.CLASS_IN_HEAD.claim(evidence(frame)).findings if f.model == "sit-mini")
    assert found.verdict == HOLDS


def test_the_table_has_columns_for_each_guidance(worlds):
    table = build_localisation(evidence(guided(worlds, "head", "tail"), exhibit="localisation", models=["sit-mini"])).frame
    assert list(table["group"].unique()) == ["the card's guidance", "unguided"]
    unguided = table[table["group"] == "unguided"]
    assert list(unguided["variant"].unique()) == [BASELINE, *(name for name in NAMES if name in REPEATED)]
    agreement = table[(table["variant"] == "head-zero") & (table["column"] == "class_agreement")].set_index("group")["value"]
    assert agreement["unguided"] > agreement["the card's guidance"] + 0.3


def test_each_setting_is_compared_with_its_own_baseline():
    samples = World("head").samples()
    twice = {key: np.concatenate([values, values]) for key, values in samples.items()}
    twice["setting"] = np.repeat([OWN, "late"], len(samples["label"]))
    twice["logits"][len(samples["label"]) :] = 0.0  # always class 0
    reference = prepare_reference(np.full(2, TIME), np.eye(2))
    rows = pd.DataFrame(localisation_rows("m", twice, reference, np.eye(CLASSES), CLASSES, GROUPS, SHIFT))
    late = rows[(rows["setting"] == "late") & (rows["metric"] == "class_agreement")]
    assert set(late[late["quantity"] == "value"]["value"]) == {1 / CLASSES}
    assert set(late[late["quantity"] == "difference"]["value"]) == {0.0}


def test_rows_say_what_was_done():
    assert row_title("shoulder-mean-shared") == "shoulder to the class mean, one mask for all"
    assert row_title("top-mean-random") == "largest tenth to the class mean, as many at random"
    assert row_title("tail-other-shared") == "tail from another class, one mask for all"
    assert row_title("tail-other") == "tail from another class"
    assert row_title("all-noise-0.5") == "all of c with noise of 0.5 standard deviations"
    assert row_title(BASELINE) == BASELINE


@pytest.mark.parametrize(("needed", "verdict"), [(1, HOLDS), (27, FAILS)])
def test_few_dimensions_are_the_papers_share_of_the_width(inputs, needed, verdict):
    chosen = inputs.geometry["metric"] == "dimension"
    extra = inputs.geometry[chosen].assign(metric="variance_dimensions_90_percent", value=float(needed))
    found = claims.FEW_CLASS_DIMENSIONS.claim(inputs.evidence(geometry=pd.concat([inputs.geometry, extra])))
    assert {finding.verdict for finding in found.findings} == {verdict}
    assert f"lie in {needed} of 64 dimensions; the paper's share is 1." in found.findings[0].sentence


def test_y_is_compared_with_what_it_started_as(inputs, tmp_path):
    y, rng = conditions_file.read(inputs.files.conditions["sit-mini"]).y, np.random.default_rng(3)
    before = (0.1 * y + rng.normal(0.3, 0.02, y.shape)).astype(np.float32)
    c, t = before[None], np.zeros((1, y.shape[1]), dtype=np.float32)
    start = tmp_path / "step-000000.parquet"
    conditions_file.write(start, c, before, t, np.zeros(1), np.arange(len(y)), {"model": "sit-mini"})
    models = ["sit-mini", "dit-mini"]
    table = build_initialisation(inputs.evidence("initialisation", models, starts={"sit-mini": start}))
    own = table.frame[table.frame["model"] == "sit-mini"].set_index(["row", "column"])["value"]
    assert own["y", "part_start_correlation"] == pytest.approx(np.corrcoef(y.ravel(), before.ravel())[0, 1], abs=1e-6)
    centred = [values - values.mean(axis=0) for values in (y, before)]
    row = "y, minus its mean over conditions"
    assert own[row, "part_start_correlation"] == pytest.approx(np.corrcoef(*map(np.ravel, centred))[0, 1], abs=1e-6)
    assert own[row, "part_start_sigma"] == pytest.approx(centred[1].std(), abs=1e-6)
    assert not table.frame[table.frame["model"] == "dit-mini"]["column"].str.contains("start").any()
    assert any(note.startswith("Start: ") for note in table.footnotes)


def test_parts_of_c_are_described_without_samples(inputs):
    table = build_initialisation(inputs.evidence("initialisation", ["sit-mini", "absent"]))
    own = table.frame[table.frame["model"] == "sit-mini"].set_index(["row", "column"])["value"]
    for metric in ("part_energy", "part_class_energy", "part_time_energy"):
        assert sum(own[part, metric] for part in ("head", "shoulder", "tail")) == pytest.approx(100)
    assert [own[part, "part_dimensions"] for part in ("head", "shoulder", "tail")] == [2, 20, 42]
    assert own["head", "part_time_energy"] > own["head", "part_class_energy"]
    assert own["y", "part_sigma"] == pytest.approx(0.2, rel=0.1)
    assert "σ = 0.0196 0.0209 0.0238" in " ".join(table.footnotes)
    assert own["y, minus its mean over conditions", "part_effective_rank"] <= 9
