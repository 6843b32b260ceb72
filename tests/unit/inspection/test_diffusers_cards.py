"""Networks as diffusers saves them get cards; of those whose c holds nothing of the prompt the page says so."""

import json

import pytest
from diffusers import DDIMScheduler, DiTPipeline, DiTTransformer2DModel, PixArtTransformer2DModel, WanTransformer3DModel

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.inspection.inspect_checkpoint import inspect_checkpoint
from semantic_bottleneck.inspection.page import inspection_page
from semantic_bottleneck.models.registry import build_conditioner, build_network
from semantic_bottleneck.sampling.scheduled import Scheduled
from semantic_bottleneck.study.cards import load_card
from semantic_bottleneck.study.load import load_study
from semantic_bottleneck.study.validation import load_yaml
from tests import pipelines
from tests.sections import completed, sampler_of
from tests.unit.checkpoints.server import FileServer, Served
from tests.unit.inspection.test_remote import QUICK
from tests.unit.models.diffusers_cases import CASES as NETWORKS
from tests.unit.models.diffusers_cases import TOKENS

HEADS = {"num_attention_heads": 2, "attention_head_dim": 8, "num_layers": 1}
CASES = {
    "dit-diffusers": (
        DiTTransformer2DModel,
        HEADS | {"sample_size": 8, "norm_num_groups": 2, "num_embeds_ada_norm": 6},
        "class",
    ),
    "pixart": (PixArtTransformer2DModel, HEADS | {"sample_size": 8, "cross_attention_dim": 16, "caption_channels": 8}, "none"),
    "wan": (WanTransformer3DModel, HEADS | {"text_dim": 8, "freq_dim": 256, "ffn_dim": 16}, "none"),
}


@pytest.mark.parametrize("family", CASES)
def test_a_saved_network_gets_a_card(root, family):
    kind, sizes, conditions = CASES[family]
    kind(**sizes).save_pretrained(root / "weights/transformer")
    found = inspect_checkpoint({"checkpoint": "weights", "name": "new"}, root)
    card = load_card(root / "config/models/new.yaml")
    assert (card["family"], card["conditioning"]["kind"], card["architecture"]["hidden_size"]) == (family, conditions, 16)
    load_study(load_yaml(root / "config/new.yaml"), root, [root / "config/new.yaml"])
    page = inspection_page(found)
    assert ("one vector for all prompts" in page) == (conditions == "none")
    assert (found["geometry"] is None) == (conditions == "none")


@pytest.mark.parametrize(
    ("name", "kind"),
    [("hunyuandit", "t5-padded"), ("hunyuandit with sizes", "t5-padded"), ("mochi", "t5"), ("lumina-next", "gemma")],
)
def test_a_network_that_pools_tokens_gets_a_card(root, name, kind):
    network = NETWORKS[name].build()
    network.save_pretrained(root / "weights/transformer")
    found = inspect_checkpoint({"checkpoint": "weights", "name": "new"}, root)
    card = load_card(root / "config/models/new.yaml")
    official = load_card(root / f"config/models/{NETWORKS[name].family}.yaml")
    (encoder,) = card["conditioning"]["encoders"]
    assert (card["family"], card["conditioning"]["kind"], encoder["kind"]) == (NETWORKS[name].family, "text", kind)
    assert encoder["source"] == official["conditioning"]["encoders"][0]["source"]
    assert encoder["tokens"] == (TOKENS if kind == "t5-padded" else 256)
    assert card["architecture"].get("sizes") == ([1024, 1024, 1024, 1024, 0, 0] if name.endswith("sizes") else None)
    assert card["conditioning"]["timesteps"] == official["conditioning"]["timesteps"]
    assert card["unverified"] == ["That the text encoders are those of the official model."]
    conditioner = build_conditioner(card["family"], card["architecture"])
    names = conditioner.state_dict().keys()
    conditioner.load_state_dict({key: tensor for key, tensor in network.state_dict().items() if key in names})
    load_study(load_yaml(root / "config/new.yaml"), root, [root / "config/new.yaml"])
    assert "c needs its text encoders: run table5" in inspection_page(found)


def test_a_class_without_a_family_is_told_by_name_and_formula(root):
    from diffusers import QwenImageTransformer2DModel

    sizes = {"num_layers": 1, "attention_head_dim": 8, "num_attention_heads": 2, "joint_attention_dim": 8}
    QwenImageTransformer2DModel(**sizes, axes_dims_rope=(2, 2, 4)).save_pretrained(root / "weights")
    with pytest.raises(UserError) as caught:
        inspect_checkpoint({"checkpoint": "weights"}, root)
    assert "weights/diffusion_pytorch_model.safetensors is QwenImageTransformer2DModel: c = t alone" in str(caught.value)
    assert "cosine similarity across prompts is exactly 1." in str(caught.value)


def answers(name, folder):
    """What a user says of a pipeline of `tests.pipelines`, whose pictures have 16 pixels."""
    prompts = {} if name == "dit" else {"prompts": f"{folder}/prompts.txt"}
    return {"checkpoint": folder, "name": "new", "pixels": 16, "steps": pipelines.STEPS} | prompts


@pytest.mark.parametrize("name", pipelines.FAMILIES)
def test_a_saved_pipeline_is_sampled_as_a_card_by_hand_says(root, name):
    pipelines.save(name, root / "weights")
    inspect_checkpoint(answers(name, "weights"), root)
    found, by_hand = load_card(root / "config/models/new.yaml"), pipelines.card(name, root / "weights")
    network = build_network(found["family"], found["architecture"], device="meta").state_dict()
    wanted = build_network(by_hand["family"], by_hand["architecture"], device="meta").state_dict()
    assert {key: each.shape for key, each in network.items()} == {key: each.shape for key, each in wanted.items()}
    for card in (found, by_hand):
        del card["architecture"]["network"]
    assert found["architecture"] == by_hand["architecture"]
    assert found["sampler"] == completed("sampler", by_hand["sampler"]) | {"settings": found["sampler"]["settings"]}
    assert Scheduled(sampler_of(found["sampler"])).times == Scheduled(sampler_of(by_hand["sampler"])).times
    conditioning = found["conditioning"]
    assert conditioning["kind"] == by_hand["conditioning"]["kind"]
    assert conditioning["initial_timestep"] == conditioning["timesteps"]["start"]
    if name != "dit":
        kind, source = pipelines.PIPELINES[name], "weights"
        assert conditioning["encoders"] == {"pipeline": kind, "source": source, "revision": "main"}
        assert conditioning["count"] == len(pipelines.PROMPTS)
    assert found["guidance"]["scale"] == {"dit": 4.0, "pixart": 4.5, "sd3": 7.0, "flux": 1.0}[name]
    assert found["guidance"]["channels"] == (4 if name == "dit" else None)
    asset = load_yaml(root / "config/assets/new-vae.yaml")
    assert asset["architecture"]["network"]["shift_factor"] == (0.5 if name in ("sd3", "flux") else None)
    assert asset["checkpoint"]["files"] == [{"url": "weights/vae/diffusion_pytorch_model.safetensors"}]


def test_pictures_of_ten_classes_have_their_data_set_in_a_package(root):
    autoencoder = pipelines.vae("dit", channels=1)
    scheduler = DDIMScheduler(**pipelines.DDIM)
    DiTPipeline(transformer=NETWORKS["dit"].build(), vae=autoencoder, scheduler=scheduler).save_pretrained(root / "weights")
    found = inspect_checkpoint({"checkpoint": "weights", "name": "new"}, root)
    assert load_yaml(root / "config/new.yaml")["data"] == "mnist16"
    assert found["next"][1].endswith("table1 table2")
    with pytest.raises(UserError, match="--config reference=glyph-grid: it shows 63 classes and the model 10"):
        inspect_checkpoint({"checkpoint": "weights", "name": "other", "reference": "glyph-grid"}, root)


def other_scheduler(folder):
    path = folder / "scheduler/scheduler_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"_class_name": "PNDMScheduler"}))


def normalised_latents(folder):
    path = folder / "vae/config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"latents_mean": [0.0] * 4}))


@pytest.mark.parametrize(
    ("change", "given", "reason"),
    [
        (lambda folder: (folder / "model_index.json").unlink(), {}, "no model_index.json of a pipeline lies beside its folder"),
        (other_scheduler, {}, "its scheduler is PNDMScheduler, and sampled here are DDIMScheduler, DPM"),
        (normalised_latents, {}, "the value of 'architecture.network.latents_mean' must be"),
        (lambda folder: None, {"decoder": "none"}, "no decoder turns its latents into pictures"),
        (lambda folder: None, {"pixels": 17}, "pixels=17 is no multiple of 4, the pixels of a token"),
    ],
)
def test_what_is_not_sampled_has_a_card_that_says_why(root, change, given, reason):
    pipelines.save("flux", root / "weights")
    change(root / "weights")
    found = inspect_checkpoint(answers("flux", "weights") | given, root)
    (said,) = (fact for fact in found["facts"] if fact.startswith("not sampled here: "))
    assert reason in said
    card = load_card(root / "config/models/new.yaml")
    assert "sampler" not in card
    assert card["conditioning"]["kind"] == "text"
    assert not (root / "config/assets/new-vae.yaml").exists()


def test_wrong_answers_end_the_inspection(root):
    pipelines.save("flux", root / "weights")
    with pytest.raises(UserError, match=r"absent\.txt cannot be read"):
        inspect_checkpoint(answers("flux", "weights") | {"prompts": "absent.txt"}, root)
    with pytest.raises(UserError, match="--config pixels=many: give a whole number above 0"):
        inspect_checkpoint(answers("flux", "weights") | {"pixels": "many"}, root)
    assert not (root / "config/models/new.yaml").exists()


def test_a_pipeline_on_the_hub_is_read_by_its_small_files(root, tmp_path, monkeypatch):
    folder = tmp_path / "saved"
    pipelines.save("sd3", folder)
    names = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    files = {f"a/b/resolve/v1/{name}": Served((folder / name).read_bytes()) for name in names}
    listing = json.dumps({"siblings": [{"rfilename": name} for name in names]}).encode()
    with FileServer(files | {"api/models/a/b/revision/v1": Served(listing)}) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.address)
        inspect_checkpoint({"checkpoint": "hf://a/b@v1", "name": "new"}, root, QUICK)
        assert len(server.requests) < 20
    conditioning = load_card(root / "config/models/new.yaml")["conditioning"]
    assert conditioning["encoders"] == {"pipeline": "StableDiffusion3Pipeline", "source": "a/b", "revision": "v1"}
    assert (conditioning["prompts"]["names"], conditioning["count"]) == ("imagenet", 1000)
    (weights,) = load_yaml(root / "config/assets/new-vae.yaml")["checkpoint"]["files"]
    assert weights["url"] == "hf://a/b/vae/diffusion_pytorch_model.safetensors@v1"
