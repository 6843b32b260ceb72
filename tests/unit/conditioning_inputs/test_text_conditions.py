"""Prompts to text vectors, through tiny encoders saved as transformers saves them."""

from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import CLIPTextModelWithProjection, CLIPTokenizer

from semantic_bottleneck.conditioning.load import load_conditions
from semantic_bottleneck.conditioning.prompts import read_prompts
from semantic_bottleneck.conditioning.text_encoders import encode_prompts
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.study.cards import load_card
from semantic_bottleneck.study.conditioning import Prompts, TextEncoder
from semantic_bottleneck.study.typed import typed
from tests.sections import conditioning_of
from tests.unit.conditioning_inputs.text_encoders import save_clap, save_clip

ROOT = Path(__file__).resolve().parents[3]
PROMPTS = ["a photo of a dog", "rain", "a very long sentence " * 10]


@pytest.fixture(scope="module")
def sd3(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sd3")
    save_clip(folder, "", 6)
    save_clip(folder, "_2", 10)
    return folder


@pytest.fixture(scope="module")
def audioldm(tmp_path_factory):
    folder = tmp_path_factory.mktemp("audioldm")
    save_clap(folder)
    return folder


def clip_encoder(folder: Path, number: str = "") -> dict:
    names = {"model": f"text_encoder{number}", "tokenizer": f"tokenizer{number}"}
    return {"kind": "clip", "source": str(folder), "revision": "main", **names}


def clap_encoder(folder: Path) -> dict:
    return {"kind": "clap", "source": str(folder), "revision": "main", "model": "text_encoder", "tokenizer": "tokenizer"}


def encoders(*given: dict) -> list[TextEncoder]:
    return [typed(TextEncoder, each) for each in given]


def alone(folder: Path, number: str, prompt: str) -> np.ndarray:
    """One prompt without padding."""
    tokenizer = CLIPTokenizer.from_pretrained(folder / f"tokenizer{number}")
    model = CLIPTextModelWithProjection.from_pretrained(folder / f"text_encoder{number}").eval()
    with torch.inference_mode():
        return model(**tokenizer(prompt, truncation=True, max_length=77, return_tensors="pt")).text_embeds[0].numpy()


def test_pooled_vector_is_both_projections_side_by_side_unnormalised(sd3, tmp_path):
    vectors = encode_prompts(PROMPTS, encoders(clip_encoder(sd3), clip_encoder(sd3, "_2")), tmp_path)
    assert vectors.shape == (3, 16)
    assert vectors.dtype == np.float32
    for row, prompt in zip(vectors, PROMPTS, strict=True):
        np.testing.assert_allclose(row, np.concatenate([alone(sd3, "", prompt), alone(sd3, "_2", prompt)]), atol=1e-5)
    assert not np.allclose(np.linalg.norm(vectors, axis=1), 1)


def test_vectors_do_not_depend_on_the_batch(sd3, audioldm, tmp_path):
    for encoder in (clip_encoder(sd3), clap_encoder(audioldm)):
        whole = encode_prompts(PROMPTS, encoders(encoder), tmp_path)
        np.testing.assert_allclose(encode_prompts(PROMPTS, encoders(encoder), tmp_path, batch=1), whole, atol=1e-5)


def test_clap_vectors_have_unit_length(audioldm, tmp_path):
    vectors = encode_prompts(PROMPTS, encoders(clap_encoder(audioldm)), tmp_path)
    assert vectors.shape == (3, 8)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    assert not np.allclose(vectors[0], vectors[1])


def test_cards_through_the_readers(sd3, audioldm, tmp_path):
    (tmp_path / "prompts.txt").write_text("# a comment\n\nrain on a roof\na dog barks\n")
    card = load_card(ROOT / "config/models/sd3-2b.yaml")
    card["conditioning"] |= {"prompts": {"file": "prompts.txt"}, "encoders": [clip_encoder(sd3), clip_encoder(sd3, "_2")]}
    ids, inputs = load_conditions(conditioning_of(card["conditioning"]), tmp_path)
    assert ids.tolist() == [0, 1]
    assert {name: values.shape for name, values in inputs.items()} == {"text": (2, 16)}
    card = load_card(ROOT / "config/models/audioldm.yaml")
    card["conditioning"] |= {"prompts": {"file": "prompts.txt"}, "encoders": [clap_encoder(audioldm)]}
    _, inputs = load_conditions(conditioning_of(card["conditioning"]), tmp_path)
    assert {name: values.shape for name, values in inputs.items()} == {"text": (2, 8)}


def test_class_models_have_no_files():
    with pytest.raises(TypeError, match="rows of a table"):
        load_conditions(conditioning_of(load_card(ROOT / "config/models/dit.yaml")["conditioning"]), ROOT)


def test_template_gives_a_prompt_per_imagenet_class():
    prompts = read_prompts(conditioning_of(load_card(ROOT / "config/models/sd3-8b.yaml")["conditioning"]).prompts, ROOT)
    assert len(prompts) == 1000
    assert prompts[1] == "a photo of a goldfish"


def test_our_own_sound_prompts_are_distinct():
    prompts = read_prompts(conditioning_of(load_card(ROOT / "config/models/audioldm.yaml")["conditioning"]).prompts, ROOT)
    assert len(prompts) == len(set(prompts)) == 50


def test_bad_prompt_files(tmp_path):
    with pytest.raises(UserError, match="cannot be read as UTF-8"):
        read_prompts(Prompts("absent.txt", None, None), tmp_path)
    (tmp_path / "one.txt").write_text("only one\n# and a comment\n")
    with pytest.raises(UserError, match="holds 1 prompts"):
        read_prompts(Prompts("one.txt", None, None), tmp_path)
    (tmp_path / "binary.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UserError, match="cannot be read as UTF-8"):
        read_prompts(Prompts("binary.txt", None, None), tmp_path)


def test_encoder_that_is_not_there(sd3, tmp_path):
    with pytest.raises(UserError, match=r"tokenizer_3 of .* cannot be loaded"):
        encode_prompts(PROMPTS, encoders(clip_encoder(sd3) | {"tokenizer": "tokenizer_3"}), tmp_path)
    with pytest.raises(UserError, match=r"text_encoder_3 of .* cannot be loaded"):
        encode_prompts(PROMPTS, encoders(clip_encoder(sd3) | {"model": "text_encoder_3"}), tmp_path)
