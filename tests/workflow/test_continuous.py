"""X-MDPT to Table 7 and MDSGen to sounds, from small stand-ins in the official containers, through the real Snakefile."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy.io import wavfile
from skimage.metrics import structural_similarity

from semantic_bottleneck.conditioning.deepfashion import PairImages
from semantic_bottleneck.decoding.pictures import build_decoder, decode
from semantic_bottleneck.files import parquet
from tests.contracts import complaints
from tests.sections import decoder_of
from tests.workflow import continuous
from tests.workflow.offline import Offline
from tests.workflow.project import ROOT, Project

CONFIG = """
study: continuous
samples: 50000
models: [xmdpt-l, mdsgen-b]
conditions: {timesteps: 2}
generation: {micro_batch: 2, device: cpu, last_share: 0.5, snapshots: [0.5]}
evaluation:
  extractor: inception
  clip: openai-vit-b-32
  groups: 5
  batch: 4
  reference: {kind: statistics-npz, url: "https://unused.invalid/a.npz"}
pruning:
  variants:
    baseline: {}
    tail-0.1-every: {side: tail, tau: 0.1}
    tail-0.1-last: {side: tail, tau: 0.1, window: last}
tables: {table7: {variants: [baseline, tail-0.1-every]}}
figures: {figure_sounds: {models: [mdsgen-b], variants: [tail-0.1-last]}}
"""
VARIANTS = ("baseline", "tail-0.1-every")


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("continuous")
    project = Project.copy_of(ROOT, folder / "project")
    (project.folder / "config/nano.yaml").write_text(CONFIG)
    targets = continuous.deepfashion(project.folder / "data/deepfashion")
    continuous.clips(project.folder / "data/vggsound-cavp")
    with continuous.served(continuous.files(folder)) as server:
        continuous.small_cards(project, server, continuous.source_vae(folder / "source"))
        project.run("--cores", "1", "downloads", "--quiet", "rules")
        offline = Offline(folder / "offline")
        project.run("--cores", "1", "table7", "sounds", "--quiet", "rules", environment=offline.environment)
        assert offline.attempts() == []
    return SimpleNamespace(project=project, targets=targets, results=project.folder / "results/continuous")


def scores(study, variant):
    frame = pd.DataFrame(parquet.read(study.results / f"scores/xmdpt-l/{variant}.parquet"))
    return frame.set_index(["metric", "quantity"])


def latents(study, model, variant):
    return parquet.read(study.results / f"latents/{model}/{variant}/000.parquet")


def test_every_file_keeps_its_contract(study):
    assert complaints(study.results) == []


def test_there_are_as_many_samples_as_pairs(study):
    found = latents(study, "xmdpt-l", "baseline")
    assert found["sample"].tolist() == list(range(continuous.PAIRS))
    assert set(scores(study, "baseline")["n"]) == {continuous.PAIRS}


@pytest.mark.parametrize("variant", VARIANTS)
def test_each_picture_is_compared_with_the_target_of_its_pair(study, variant):
    weights = study.project.folder / "results/decoders/xmdpt-vae.safetensors"
    decoder = build_decoder(decoder_of({"name": "xmdpt-vae", "quantise": "half-floor"}), weights)
    pictures = decode(latents(study, "xmdpt-l", variant)["latent"], decoder, batch=2)
    with PairImages(study.project.folder / "data/deepfashion/256-256") as store:
        values = [
            structural_similarity(store.picture(name) / 255, ours / 255, win_size=51, data_range=1.0, channel_axis=2)
            for name, ours in zip(study.targets, pictures, strict=True)
        ]
    assert scores(study, variant).loc[("ssim", "value"), "value"] == pytest.approx(np.mean(values), abs=1e-9)


def test_table7_stands_beside_the_published_numbers(study):
    table = pd.DataFrame(parquet.read(study.results / "tables/table7.parquet")).set_index(["variant", "column"])
    assert table.loc[("baseline", "fid"), "published"] == 18.6372
    assert table.loc[("tail-0.1-every", "psnr"), "published"] == 17.328
    for metric in ("fid", "ssim", "lpips", "psnr"):
        row = table.loc[("tail-0.1-every", metric)]
        assert np.isfinite(row[["value", "difference", "difference_low", "difference_high"]].astype(float)).all()
        assert row["verdict"] in ("differs", "close", "reproduced")
        assert row["difference_verdict"].removesuffix(" before correction") in ("better", "worse", "inside the noise")
    text = (study.results / "tables/table7.md").read_text()
    assert "window 51" in text
    assert "last incomplete batch" in text
    assert "CLIP" not in text


def test_a_clip_becomes_a_sound_that_can_be_listened_to(study):
    """The variant continues from the trunk's snapshot at half of the steps."""
    variant = "tail-0.1-last"
    pruned, unpruned = (latents(study, "mdsgen-b", name)["latent"] for name in (variant, "baseline"))
    assert pruned.shape == (continuous.CLIPS, 8, 12, 4)
    assert not np.array_equal(pruned, unpruned)
    files = sorted((study.results / f"sounds/mdsgen-b/{variant}").glob("*.wav"))
    assert [file.name for file in files] == ["00000.wav", "00001.wav", "00002.wav"]
    sounds = [wavfile.read(file) for file in files]
    assert {rate for rate, _ in sounds} == {16_000}
    assert all(len(sound) == 12 * 4 * 160 and sound.std() > 0 for _, sound in sounds)


def test_without_the_training_pairs_the_cells_say_so(study):
    data = study.project.folder / "data/deepfashion/train_pairs.txt"
    data.rename(data.with_suffix(".away"))
    study.project.run("--cores", "1", "table7", "--quiet", "rules")
    table = pd.DataFrame(parquet.read(study.results / "tables/table7.parquet"))
    assert set(table["verdict"]) == {"not run"}
    assert all("train_pairs.txt is absent" in note for note in table["note"])
