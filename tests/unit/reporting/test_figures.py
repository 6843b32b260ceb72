import re

import numpy as np
import pytest
from PIL import Image

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.reporting.core.inputs import read_images
from semantic_bottleneck.reporting.core.nothing import draw_nothing
from semantic_bottleneck.reporting.core.style import OWN_MATHEMATICS, canvas, legend, noted, read_drawing, save
from semantic_bottleneck.reporting.core.wording import grid_title
from semantic_bottleneck.reporting.paper.figures.figure1 import draw_figure1
from semantic_bottleneck.reporting.paper.figures.figure3 import draw_figure3
from semantic_bottleneck.reporting.paper.figures.figure4 import draw_figure4, similarities
from semantic_bottleneck.reporting.paper.figures.figure5 import draw_figure5
from semantic_bottleneck.reporting.paper.figures.figure6 import draw_figure6
from semantic_bottleneck.reporting.paper.figures.figure9 import draw_figure9
from semantic_bottleneck.reporting.paper.figures.figure11 import draw_figure11
from semantic_bottleneck.reporting.paper.figures.figure12 import draw_figure12
from semantic_bottleneck.reporting.paper.figures.figure13 import draw_figure13
from semantic_bottleneck.reporting.paper.figures.figure_pruning import draw_figure_pruning
from semantic_bottleneck.reporting.paper.figures.figure_seeds import draw_figure_seeds
from semantic_bottleneck.reporting.paper.figures.figure_sounds import draw_spectrograms
from semantic_bottleneck.reporting.paper.figures.grids import draw_grid, draw_samples
from semantic_bottleneck.study.load import load_study
from semantic_bottleneck.study.validation import load_yaml
from tests.unit.reporting import synthetic
from tests.unit.reporting.conftest import PUBLISHED

ROOT = PUBLISHED.parents[2]


@pytest.fixture
def paths(tmp_path):
    return [tmp_path / "figure.png"]


def drawn(paths, alt):
    """The drawing read back, after checks that every figure must pass."""
    drawing = read_drawing(paths[0])
    assert drawing.alt == alt
    assert drawing.title
    assert drawing.width in (736, 1472)
    assert set(Image.open(paths[0]).info) <= {"Title", "Description", "Comment", "dpi"}
    return drawing


def test_figure1(inputs, paths):
    models = ["dit-mini", "sit-mini", "absent"]
    evidence = inputs.evidence("figure1", models)
    alt = draw_figure1(evidence, paths)
    drawn(paths, alt)
    value = evidence.final.select(model="sit-mini", kind="c", metric="cosine_similarity").value
    assert f"SiT-mini: cosine similarity {value:.4f}" in alt
    assert "Absent" not in alt


def test_figure4_says_the_median_of_every_kind(inputs, paths):
    alt = draw_figure4(inputs.evidence(models=["sit-mini"]), paths)
    for kind, values in similarities(inputs.files.conditions["sit-mini"]).items():
        assert len(values) == 45
        assert f"{kind}: median {np.median(values):.4f}" in alt


def test_figure3_shows_ten_conditions_once(inputs, paths):
    alt = draw_figure3(inputs.evidence(models=["sit-mini"]), paths)
    drawing = drawn(paths, alt)
    assert drawing.height < 1000
    assert "10 conditions: mean 0.97" in alt


def test_figures_of_magnitudes(inputs, paths):
    evidence = inputs.evidence(models=["dit-mini", "sit-mini"])
    assert "times the median" in drawn(paths, draw_figure5(evidence, paths)).alt
    assert "of 64 dimensions" in drawn(paths, draw_figure6(evidence, paths)).alt
    alt = drawn(paths, draw_figure9(evidence, paths)).alt
    assert "below 0.18 (tail)" in alt
    assert "above 1.2 (head)" in alt


def test_figure11_names_both_ends(inputs, paths):
    alt = drawn(paths, draw_figure11(inputs.evidence(models=["sit-mini"]), paths)).alt
    rows = inputs.geometry.query(
        "model == 'sit-mini' and training_step == 3000 and kind == 'c' and metric == 'cosine_similarity'"
    )
    ends = rows.sort_values("timestep")["value"].tolist()
    assert f"{ends[-1]:.4g} at the noisiest step, {ends[0]:.4g} at the last" in alt


def test_figure12_averages_seeds(inputs, paths):
    alt = drawn(paths, draw_figure12(inputs.evidence(models=[*synthetic.SEEDS, "dit-mini"]), paths)).alt
    rows = inputs.geometry.query("training_step == 3000 and kind == 'c' and metric == 'cosine_similarity' and timestep == 1")
    rows = rows[rows["model"].isin(synthetic.SEEDS)]
    assert "SiT-mini, 3 seeds, c = y + t, Cosine similarity: 0." in alt
    assert f"{rows['value'].mean():.4g} at step 3,000" in alt


def test_figure13(inputs, paths):
    alt = drawn(paths, draw_figure13(inputs.evidence(models=["sit-mini"]), paths)).alt
    assert "silhouette by condition" in alt
    assert "40 vectors, 4 timesteps, threshold 0.36" in alt  # that of the tail of 66 %
    with pytest.raises(UserError, match="threshold"):
        draw_figure13(inputs.evidence(models=["sit-mini"], variants=inputs.variants.iloc[:0]), paths)


def test_samples_are_shown_as_they_are(inputs, paths):
    images, labels = read_images([inputs.files.images["baseline"]], [3, 11])
    assert labels.tolist() == [3, 1]
    alt = draw_samples({"baseline": images}, labels, "Samples", paths, {"baseline": 0.991})
    assert drawn(paths, alt).pictures
    assert "baseline (99.1 % class agreement)" in alt
    with pytest.raises(UserError, match="Sample 99 is in none of"):
        read_images([inputs.files.images["baseline"]], [99])


def test_colour_images(paths):
    images = np.zeros((2, 4, 4, 3), dtype=np.uint8)
    images[..., 0] = 255
    draw_samples({"red": images}, np.array([0, 1]), "Samples", paths)
    pixels = np.asarray(Image.open(paths[0]).convert("RGB")).reshape(-1, 3)
    assert (pixels == [255, 0, 0]).all(axis=1).mean() > 0.5


def test_pruning_and_seeds(inputs, paths):
    alt = drawn(paths, draw_figure_pruning(inputs.evidence(models=["sit-mini"]), paths)).alt
    assert "head by |SiLU(c)|: 10.0 % removed 30.6" in alt
    names = ["baseline", "head-10-every"]
    alt = drawn(paths, draw_figure_seeds(inputs.evidence(models=synthetic.SEEDS, variant_names=names), paths)).alt
    assert "head 10 %: 73.60 %, 73.20 %, 72.80 %." in alt


def test_the_same_bytes_every_time(inputs, tmp_path):
    def draw(folder):
        paths = [tmp_path / folder / name for name in ("sorted.png", "sorted.svg", "sorted.pdf", "tsne.png")]
        draw_figure5(inputs.evidence(models=["sit-mini"]), paths[:3])
        draw_figure13(inputs.evidence(models=["sit-mini"]), paths[3:])
        return [path.read_bytes() for path in paths]

    assert draw("one") == draw("two")


def test_a_dollar_in_a_title_is_no_mathematics_and_logarithmic_ticks_are(tmp_path):
    with canvas(2) as (figure, axes):
        axes[0, 0].set_title(r"SiT $\frac{ 100$")
        axes[0, 0].plot([1, 2], [1, 2], label="a $ b $")
        axes[1, 0].plot([1, 2], [1, 1e6])
        axes[1, 0].set_yscale("log")
        legend(figure, axes[0, 0])
        save(figure, [tmp_path / "a.png", tmp_path / "a.svg"], "title", "alt")
        ticks = [tick.get_text() for tick in axes[1, 0].get_yticklabels()]
        assert all(text.get_parse_math() for text in axes[1, 0].get_yticklabels())
    assert any(text.startswith(OWN_MATHEMATICS) for text in ticks)
    drawn = (tmp_path / "a.svg").read_text()
    assert r"SiT $\frac{ 100$" in drawn


def test_titles_of_grids_say_what_the_rows_have_in_common(inputs):
    def title(*names):
        rows = inputs.variants[(inputs.variants["model"] == "sit-mini") & inputs.variants["variant"].isin(names)]
        return grid_title(rows)

    assert title("baseline", "tail-39-every", "tail-66-every") == "with ever more of the tail pruned"
    assert title("baseline", "tail-39-every", "tail-39-last") == "with the tail pruned at different steps"
    assert title("baseline", "tail-39-every", "head-10-every") == "under pruning"
    assert title("baseline", "tail-39-every", "mean-39-every") == "under pruning"


@pytest.mark.parametrize(("samples", "labels"), [(None, range(10)), ([3, 12], [3, 2])])
def test_grids_show_the_first_ten_samples_or_those_asked_for(inputs, paths, samples, labels):
    names = ["baseline", "tail-39-every"]
    images = [inputs.files.images[name] for name in names]
    draw_grid(inputs.evidence("figure7", ["sit-mini"], names, images=images, samples=samples or ()), paths)
    drawing = drawn(paths, read_drawing(paths[0]).alt)
    assert f"labels {', '.join(map(str, labels))}, in 2 rows: baseline (99.1 % class agreement)" in drawing.alt


@pytest.mark.parametrize(
    ("samples", "kept", "sentence"),
    [
        ([0, 1, 12], 13, None),
        ([0], 10, None),
        ([60], None, "figures.figure10.samples names 60, beyond the first shard; use 0 to 59."),
    ],
)
def test_samples_of_a_grid_lie_in_the_first_shard_and_are_kept(samples, kept, sentence):
    config = load_yaml(ROOT / "config/nano.yaml")
    config["figures"]["figure10"]["samples"] = samples
    if sentence:
        with pytest.raises(UserError, match=re.escape(sentence)):
            load_study(config, ROOT)
    else:
        assert load_study(config, ROOT).examples() == kept


def test_spectrograms_of_variants_stand_below_one_another(tmp_path):
    pictures = {name: np.full((3, 8, 40, 1), level, dtype=np.uint8) for name, level in (("baseline", 40), ("tail 40 %", 200))}
    paths = [tmp_path / "a.png", tmp_path / "a.svg"]
    alt = draw_spectrograms(pictures, "MDSGen-B", paths)
    assert "2 clips in 2 rows: baseline; tail 40 %" in alt
    assert read_drawing(paths[0]).alt == alt


def test_a_figure_says_which_models_were_not_run(tmp_path):
    paths, reasons = (
        [tmp_path / "a.png", tmp_path / "a.svg"],
        ["DiT was not run: https://host/dit.pt is not there any more (404)."],
    )
    with noted(reasons):
        alt = draw_nothing(reasons, "DiT", paths)
    assert alt == f"Nothing is drawn. {reasons[0]}"
    assert read_drawing(paths[0]).alt == alt
    with canvas() as (figure, _):
        assert save(figure, paths, "Title", "Plain.") == "Plain."  # the note was for the figures inside only
