"""From published files to tables 2, 3 and 6, for every class-conditional family, without any file from outside.

REPA goes through the real Snakefile and the real Inception (with random weights), the other families through the same
functions in one process and a small network in Inception's place, since starting a process costs more than running it.
"""

import math
import re

import numpy as np
import pandas as pd
import pytest
import yaml
from PIL import Image

from semantic_bottleneck.decoding.pictures import build_decoder, decode
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.features import registry
from semantic_bottleneck.files import parquet, tensors_file
from semantic_bottleneck.references.statistics import load_statistics
from semantic_bottleneck.study import assets
from semantic_bottleneck.study.load import load_study
from semantic_bottleneck.study.typed import required
from tests.unit.checkpoints.server import FileServer, Served
from tests.workflow import official
from tests.workflow.by_hand import FEATURES, SPATIAL, ByHand, small_judge
from tests.workflow.offline import Offline, read_only, writable
from tests.workflow.project import ROOT, Project

MODELS = ("dit", "sit", "mdt", "lightningdit", "mg", "repa")
FAMILIES = ("repa", "mg", "lightningdit", "dit", "sit", "sit-ode", "mdt")
WINDOWS = ["baseline", "tail-every", "tail-last"]
LAST = ["baseline", "tail-last"]
SCORED = {"fid", "fid_infinity", "sfid", "fd_dinov2", "kid", "precision", "recall", "density", "coverage", "clip_score"}
SCORED |= {"inception_score", "inception_score_one_split", "inception_score_consecutive"}
STUDY = {
    "study": "official",
    "samples": 12,
    "conditions": {"timesteps": 1},
    "generation": {"micro_batch": 6, "device": "cpu", "last_share": 0.34, "snapshots": [0.66]},
    "pruning": {
        "variants": {
            "baseline": {},
            "tail-every": {"side": "tail", "quantile": 0.39},
            "tail-last": {"side": "tail", "quantile": 0.39, "window": "last"},
            "random-last": {"side": "random", "like": "tail", "mask": "shared", "quantile": 0.39, "window": "last"},
            "mean-last": {"side": "tail", "quantile": 0.39, "window": "last", "replacement": "class-mean"},
            "silu-last": {"side": "tail", "quantile": 0.39, "window": "last", "ranked_by": "silu"},
        }
    },
    "figures": {},
}
EVALUATION = {"extractor": "inception", "clip": "openai-vit-b-32", "dinov2": "dinov2-vit-l-14", "protocol": "adm"}
EVALUATION |= {"spatial": True, "groups": 5, "batch": 6}


def study_of(server: FileServer, **changed) -> dict:
    source = {"kind": "adm-npz", "url": server.url("adm.npz"), "images": 9}
    return STUDY | {"evaluation": EVALUATION | {"reference": source}} | changed


# REPA through Snakemake ------------------------------------------------------------------------------------------------


SHARED = ("checkpoints", "decoders", "evaluators", "references")


@pytest.fixture(scope="module")
def repa(tmp_path_factory):
    """Tables 2 and 6 of REPA, whose files are fetched first and then lie where nothing can be changed; project and server."""
    folder = tmp_path_factory.mktemp("official")
    project = Project.copy_of(ROOT, folder / "project")
    with FileServer({}) as server:
        official.serve(project, server, ("repa",), folder)
        server.files["adm.npz"] = Served(official.npz_bytes(**official.reference(2048, 2023, 64, count=40)))
        tables = {"table2": {"variants": LAST}, "table6": {"variants": LAST}}
        config = study_of(server, models=["repa"], tables=tables)
        (project.folder / "config/nano.yaml").write_text(yaml.safe_dump(config))
        project.run("--cores", "1", "downloads", "--config", "downloads_for=table2", "--quiet", "rules")
        asked, offline, group = len(server.requests), Offline(folder / "offline"), folder / "group"
        group.mkdir()
        for name in SHARED:
            (project.folder / "results" / name).rename(group / name)
            (project.folder / "results" / name).symlink_to(group / name)
        before = read_only(group)
        project.run("--cores", "1", "table2", "table6", "--quiet", "rules", environment=offline.environment)
        assert offline.attempts() == []
        assert len(server.requests) == asked
        assert writable(group) == before
        yield project, server


def scores(project: Project, variant: str) -> pd.DataFrame:
    frame = pd.DataFrame(parquet.read(project.folder / f"results/official/scores/repa/{variant}.parquet"))
    return frame.set_index(["metric", "quantity"])


def test_every_metric_has_a_row(repa):
    found = scores(repa[0], "tail-last")
    assert {metric for metric, quantity in found.index if quantity == "value"} == SCORED
    assert {metric for metric, quantity in found.index if quantity == "difference"} == SCORED
    assert np.isfinite(found["value"].drop(index="fid_infinity", level="metric")).all()
    assert found.loc[("inception_score_consecutive", "value"), "method"].startswith("consecutive splits of 5,000")


def test_the_tables_print_the_scores(repa):
    frame = pd.DataFrame(parquet.read(repa[0].folder / "results/official/tables/table2.parquet"))
    cells = frame.set_index(["variant", "column"])
    row = scores(repa[0], "tail-last").loc["fid"]
    assert cells.loc[("tail-last", "fid"), "value"] == row.loc["value", "value"]
    assert cells.loc[("tail-last", "fid"), "difference"] == row.loc["difference", "value"]
    assert cells.loc[("tail-last", "removed_percent"), "value"] == pytest.approx(39, abs=1.5)
    assert "class_agreement" not in set(frame["column"])  # Inception's outputs are not the labels
    markdown = (repa[0].folder / "results/official/tables/table2.md").read_text()
    assert "protocol adm" in markdown
    assert (repa[0].folder / "results/official/tables/table6.md").exists()


def test_only_the_wanted_part_of_the_reference_was_read(repa):
    _, server = repa
    whole = server.files["adm.npz"].size
    asked = [headers["Range"] for path, headers in server.requests if path == "/adm.npz"]
    read = sum(int(stop) - int(start) + 1 for start, stop in (part[6:].split("-") for part in asked))
    unread = (40 - 9) * 64 * 64 * 3
    assert whole - unread <= read <= whole - unread + (1 << 18)


def test_nothing_but_features_is_kept_of_the_pictures(repa):
    folder = repa[0].folder / "results/official"
    assert not (folder / "images").exists()
    found = parquet.read(folder / "features/repa/baseline/000.parquet")
    assert {name: found[name].shape for name in ("features", "logits", "spatial")} == {
        "features": (12, 2048),
        "logits": (12, 1008),
        "spatial": (12, 2023),
    }
    assert found["clip"].shape[0] == found["dinov2"].shape[0] == 12


def test_a_change_of_the_jackknife_reruns_scores_only(repa):
    project, _ = repa
    text = (project.folder / "config/nano.yaml").read_text()
    (project.folder / "config/groups.yaml").write_text(text.replace("groups: 5", "groups: 6"))
    planned = project.planned("table2", config="config/groups.yaml")
    assert planned["score_variant"] == 2
    assert not planned.keys() & {"extract_features", "embed_reference", "run_trunk", "run_branch", "fetch_evaluator"}


def test_another_reference_never_leaves_old_scores(repa):
    """Even where it is absent: the job that reads it then says so."""
    project, _ = repa
    config = yaml.safe_load((project.folder / "config/nano.yaml").read_text())
    config["evaluation"]["reference"] = {"kind": "images", "path": "data/imagenet"}
    (project.folder / "config/absent.yaml").write_text(yaml.safe_dump(config))
    planned = project.planned("table2", config="config/absent.yaml")
    assert planned["embed_reference"] == 1
    assert planned["score_variant"] == 2
    assert "run_trunk" not in planned


# Every family, in one process ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """All models small and served; `sit-ode` is SiT under its deterministic sampler."""
    folder = tmp_path_factory.mktemp("families")
    project = Project.copy_of(ROOT, folder / "project")
    with FileServer({}) as server, pytest.MonkeyPatch.context() as patch:
        official.serve(project, server, MODELS, folder)
        ode = {"name": "sit-ode", "extends": "sit", "title": "SiT, ODE", "sampler": {"name": "sit-ode", "steps": 5}}
        (project.folder / "config/models/sit-ode.yaml").write_text(yaml.safe_dump(ode | {"paper": {}}))
        server.files["adm.npz"] = Served(official.npz_bytes(**official.reference(FEATURES, SPATIAL, 16)))
        patch.setattr(assets, "CONFIG", project.folder / "config")
        patch.setitem(registry.EXTRACTORS, "inception", "tests.workflow.by_hand:small_judge")
        yield project, server


@pytest.fixture(scope="module")
def families(world):
    project, server = world
    tables = {
        "table2": {"models": ["repa"], "variants": list(STUDY["pruning"]["variants"])},
        "table3": {"models": ["mg", "lightningdit"], "variants": WINDOWS},
        "table6": {"models": list(FAMILIES), "variants": LAST},
    }
    config = study_of(server, models=list(FAMILIES), tables=tables)
    config["evaluation"] |= {"dinov2": None}
    study = load_study(config, project.folder)
    by_hand = ByHand(study, project.folder)
    reference = by_hand.reference()
    for model in FAMILIES:
        by_hand.describe(model)
        by_hand.score(model, list(study.variants_of(model)), reference)
    return by_hand


@pytest.mark.parametrize("model", FAMILIES)
def test_a_family_goes_from_download_to_scores(families, model):
    names = list(families.study.variants_of(model))
    latents = {name: parquet.read(families.results / f"latents/{model}/{name}/000.parquet") for name in names}
    for table in latents.values():
        assert np.isfinite(table["latent"]).all()
        assert table["label"].tolist() == [sample % official.CLASSES for sample in range(12)]
    assert all(
        np.abs(latents[name]["latent"] - latents["baseline"]["latent"]).max() > 0 for name in names if name != "baseline"
    )
    found = pd.DataFrame(parquet.read(families.results / f"scores/{model}/tail-last.parquet"))
    assert set(found["metric"]) == SCORED - {"fd_dinov2"}
    assert np.isfinite(found.loc[found["metric"] != "fid_infinity", "value"]).all()  # two groups make no line


@pytest.mark.parametrize("name", ["table2", "table3", "table6"])
def test_the_tables_hold_every_model_and_variant(families, name):
    frame = pd.DataFrame(parquet.read(families.table(name)))
    wanted = families.study.wanted("tables", name)
    scored = frame[(frame["column"] == "fid") & frame["value"].notna()]
    assert set(zip(scored["model"], scored["variant"], strict=True)) == {
        (model, variant) for model in wanted["models"] for variant in wanted["variants"]
    }


LOCALISED = ("dit", "mdt", "lightningdit", "mg", "repa")
"""Every family and every published guidance: constant, rising, late, none and in an interval."""


@pytest.fixture(scope="module")
def localised(world):
    """The table `localisation` of every family, at every setting."""
    project, server = world
    asked = {"guidance": [1, 4], "late": True, "head": 0.125, "top": 0.25, "shoulder": 0.5}
    config = study_of(server, models=list(LOCALISED), tables={"localisation": {"models": list(LOCALISED)}}, localisation=asked)
    config["evaluation"] |= {"dinov2": None}
    by_hand = ByHand(load_study(config, project.folder), project.folder)
    reference = by_hand.reference()
    for model in LOCALISED:
        by_hand.localise(model, reference)
    return by_hand


@pytest.mark.parametrize("model", LOCALISED)
def test_where_the_class_is_can_be_asked_of_a_family(localised, model):
    rows = pd.DataFrame(parquet.read(localised.results / f"localisation/{model}.parquet"))
    guidances = [] if model == "mg" else ["guidance-1", "guidance-4"]
    assert list(rows["setting"].unique()) == ["own", *guidances, "late"]
    # Inception's outputs are not the labels, so the image-text model tells the classes apart.
    assert set(rows["metric"]) == {"clip_margin", "fid"}
    values = rows[rows["quantity"] == "value"].set_index(["setting", "variant", "metric"])["value"]
    assert np.isfinite(values).all()
    for metric in ("clip_margin", "fid"):
        assert values["own", "baseline", metric] == values["late", "baseline", metric]
        assert values["own", "head-zero", metric] != values["late", "head-zero", metric]
    cells = pd.DataFrame(parquet.read(localised.table("localisation")))
    own = cells[(cells["model"] == model) & (cells["column"] == "clip_margin")]
    assert list(own["group"].unique())[:1] == ["the card's guidance"]
    assert own["value"].notna().all()


def test_the_controls_remove_as_many_dimensions_as_the_tail(families):
    rows = pd.DataFrame(parquet.read(families.results / "variants/repa.parquet")).set_index("variant")
    for control in ("random-last", "mean-last", "silu-last"):
        assert rows.loc[control, "removed_percent"] == pytest.approx(rows.loc["tail-last", "removed_percent"], abs=1.5)
    latents = [parquet.read(families.results / f"latents/repa/{name}/000.parquet")["latent"].tobytes() for name in rows.index]
    assert len(set(latents)) == len(latents)


def test_va_vae_latents_are_denormalised(families):
    """Decoding the latents as they are would give other pictures."""
    stored = families.decoder("lightningdit")
    decoder = required(families.study.model("lightningdit").decoder)
    latents = parquet.read(families.results / "latents/lightningdit/baseline/000.parquet")["latent"][:2]
    channels = np.linspace(0.5, 1.5, 8, dtype=np.float32).reshape(1, 8, 1, 1)
    pictures = decode(latents, build_decoder(decoder, stored))
    neutral = stored.with_name("neutral.safetensors")
    tensors, metadata = tensors_file.read(stored)
    tensors["latent_mean"][:], tensors["latent_std"][:] = 0.0, 1.0
    tensors_file.write(neutral, tensors, metadata)
    by_hand = decode(latents * channels + (channels - 1), build_decoder(decoder, neutral))
    assert np.abs(pictures.astype(int) - by_hand).max() <= 1
    assert np.abs(pictures.astype(int) - decode(latents, build_decoder(decoder, neutral))).max() > 1


def test_random_labels_go_through_the_configuration(world):
    project, server = world
    generation = STUDY["generation"] | {"labels": "random"}
    tables = {"table2": {"models": ["repa"], "variants": ["baseline"]}}
    config = study_of(server, models=["repa"], tables=tables, generation=generation)
    by_hand = ByHand(load_study(config, project.folder), project.folder)
    by_hand.results = project.folder / "results/random"
    (latents,) = by_hand.generate("repa", "baseline")
    labels = parquet.read(latents)["label"]
    assert labels.tolist() != [sample % official.CLASSES for sample in range(12)]
    assert set(labels) <= set(range(official.CLASSES))


@pytest.mark.parametrize("kind", ["adm-npz", "statistics-npz"])
def test_statistics_alone_leave_rows_that_say_why(world, families, kind):
    project, server = world
    arrays = official.reference(FEATURES, SPATIAL, 16)
    if kind == "statistics-npz":
        arrays = {name: arrays[name] for name in ("mu", "sigma")}
    server.files["few.npz"] = Served(official.npz_bytes(compressed=True, **arrays))
    tables = {"table6": {"models": ["repa"], "variants": LAST}}
    source = {"kind": kind, "url": server.url("few.npz"), "images": 0}
    config = study_of(server, models=["repa"], tables=tables)
    config["evaluation"] = config["evaluation"] | {"reference": source}
    (project.folder / "config/checkpoints.lock.json").unlink(missing_ok=True)
    by_hand = ByHand(load_study(config, project.folder), project.folder)
    by_hand.results = project.folder / f"results/{kind}"
    by_hand.describe("repa")
    found = by_hand.score("repa", LAST, by_hand.reference())
    frame = pd.DataFrame(parquet.read(found["tail-last"])).set_index(["metric", "quantity"])
    for metric in ("kid", "precision", "recall", "density", "coverage", "fd_dinov2"):
        assert math.isnan(frame.loc[(metric, "value"), "value"])
        assert "statistics only" in frame.loc[(metric, "value"), "note"]
    assert np.isfinite(frame.loc[("fid", "value"), "value"])
    assert (("sfid", "value") in frame.index) == (kind == "adm-npz")
    table = pd.DataFrame(parquet.read(by_hand.table("table6"))).set_index(["variant", "column"])
    assert "statistics only" in table.loc[("tail-last", "precision"), "note"]


def test_a_folder_of_pictures_serves_as_the_reference(world, families):
    project, server = world
    folder = project.folder / "data/real"
    folder.mkdir(parents=True)
    arrays = official.reference(FEATURES, SPATIAL, 16)
    for index, picture in enumerate(arrays["arr_0"]):
        Image.fromarray(picture).save(folder / f"{index:02d}.png")
    config = study_of(server, models=["repa"], tables={"table2": {"models": ["repa"], "variants": ["baseline"]}})
    config["evaluation"] |= {"reference": {"kind": "images", "path": "data/real", "images": 6}}
    by_hand = ByHand(load_study(config, project.folder), project.folder)
    by_hand.results = project.folder / "results/folder"
    files = by_hand.reference()
    rows, texts = (parquet.read(files[name]) for name in ("reference", "texts"))
    assert texts["prompt"][[0, 134, 999]].tolist() == [
        f"a photo of a {name}" for name in ("tench", "crane bird", "toilet paper")
    ]
    assert len(texts["features"]) == 1000
    assert rows["sample"].tolist() == [0, 2, 4, 6, 8, 10]
    seen = small_judge(arrays["arr_0"], None, None, None, None, "adm", True)
    np.testing.assert_array_equal(rows["features"], seen["features"][::2])
    statistics = load_statistics(by_hand.results / "evaluators/statistics.npz")
    assert set(statistics) == {"features", "spatial", "dinov2"}
    np.testing.assert_allclose(statistics["spatial"].covariance, np.cov(seen["spatial"], rowvar=False), rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize(
    ("reference", "sentence"),
    [
        ({"kind": "images"}, "the key 'evaluation.reference.path' is missing"),
        ({"kind": "adm-npz"}, "the key 'evaluation.reference.url' is missing"),
        ({"kind": "adm-npz", "url": "x", "image": 3}, "unknown key 'evaluation.reference.image'; did you mean 'images'"),
        (None, "evaluation.reference is missing"),
    ],
)
def test_a_wrong_reference_is_named(world, reference, sentence):
    project, server = world
    config = study_of(server, models=["repa"], tables={"table2": {"models": ["repa"], "variants": ["baseline"]}})
    config["evaluation"].pop("reference")
    config["evaluation"] |= {} if reference is None else {"reference": reference}
    with pytest.raises(UserError, match=re.escape(sentence)):
        load_study(config, project.folder)


def test_features_of_another_network_are_refused(world, families):
    project, server = world
    server.files["other.npz"] = Served(official.npz_bytes(**official.reference(4, 3, 16)))
    config = study_of(server, models=["repa"], tables={"table2": {"variants": ["baseline"]}})
    config["evaluation"] = config["evaluation"] | {
        "reference": {"kind": "adm-npz", "url": server.url("other.npz"), "images": 0}
    }
    by_hand = ByHand(load_study(config, project.folder), project.folder)
    by_hand.results = project.folder / "results/other"
    with pytest.raises(UserError, match="8 columns and the reference's 4"):
        by_hand.score("repa", ["baseline"], by_hand.reference())


def test_a_file_that_changed_on_the_server_is_refused(world, families):
    project, server = world
    tensors = server.files["vavae-f16d32-0"].content
    server.files["vavae-f16d32-0"] = Served(tensors.replace(tensors[2000:2008], b"12345678", 1))
    families.decoder("lightningdit").unlink()
    with pytest.raises(UserError):
        families.decoder("lightningdit")
    assert not (project.folder / "results/decoders/vavae-f16d32.safetensors").exists()
