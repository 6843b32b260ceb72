"""Prompts to all their tokens and on to c, through tiny encoders and networks, against diffusers' own pipelines and classes."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import pytest
import torch
from sentencepiece import SentencePieceProcessor, SentencePieceTrainer
from torch import Tensor
from transformers import AutoTokenizer

from extract_conditions import extract_conditions
from fetch_condition_encoders import fetch_condition_encoders
from prepare_inputs import prepare_inputs
from read_conditioner import read_conditioner
from semantic_bottleneck.conditioning.token_encoders import encode_tokens
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.files import conditions_file
from semantic_bottleneck.files.row_groups import RowGroups
from semantic_bottleneck.models.diffusers.places import change_c
from semantic_bottleneck.models.layouts import LAYOUTS
from semantic_bottleneck.study.conditioning import TokenEncoder
from semantic_bottleneck.study.typed import typed
from tests.sections import excerpt
from tests.unit.checkpoints.server import FileServer, Served
from tests.unit.conditioning_inputs.text_encoders import LETTERS, gemma, t5
from tests.unit.models.diffusers_cases import CASES, TOKENS

PROMPTS = ["A dog", "rain on Roofs"]
KINDS = {"hunyuandit": "t5-padded", "hunyuandit with sizes": "t5-padded", "mochi": "t5", "lumina-next": "gemma"}
"""Case of diffusers_cases -> kind of its encoder."""
WIDTHS = {"t5-padded": 32, "t5": 16, "gemma": 16}
ATOL = 2e-5


def encoder(folder: Path, kind: str, **given: Any) -> dict[str, Any]:
    names = {"model": "text_encoder", "tokenizer": "tokenizer"}
    return {"kind": kind, "source": str(folder), "revision": "main", "tokens": 256, **names} | given


def save(folder: Path, kind: str) -> tuple[Any, Any]:
    tokenizer, model = gemma(WIDTHS[kind]) if kind == "gemma" else t5(WIDTHS[kind])
    tokenizer.save_pretrained(folder / "tokenizer")
    model.save_pretrained(folder / "text_encoder")
    return tokenizer, model


@torch.inference_mode()
def by_pipeline(kind: str, tokenizer: Any, model: Any, prompts: list[str], tokens: int = 256) -> tuple[Tensor, Tensor]:
    """Tokens and mask as diffusers' pipeline makes them of each prompt."""
    parts: dict[str, Any] = dict.fromkeys(("vae", "transformer", "scheduler"))
    if kind == "gemma":
        pipeline = diffusers.LuminaPipeline(**parts, text_encoder=model, tokenizer=tokenizer)
        text, mask, _, _ = pipeline.encode_prompt(prompts, do_classifier_free_guidance=False, device="cpu")
        return text, mask
    if kind == "t5":
        pipeline = diffusers.MochiPipeline(**parts, text_encoder=model, tokenizer=tokenizer)
        text, mask, _, _ = pipeline.encode_prompt(prompts, do_classifier_free_guidance=False, device="cpu")
        return text, mask
    parts |= dict.fromkeys(("text_encoder", "tokenizer", "safety_checker", "feature_extractor"))
    pipeline = diffusers.HunyuanDiTPipeline(**parts, text_encoder_2=model, tokenizer_2=tokenizer, requires_safety_checker=False)
    options = {"device": "cpu", "dtype": torch.float32, "do_classifier_free_guidance": False, "text_encoder_index": 1}
    found = [pipeline.encode_prompt(prompt, max_sequence_length=tokens, **options) for prompt in prompts]
    return torch.cat([each[0] for each in found]), torch.cat([each[2] for each in found])


def counted(text: Tensor | np.ndarray, mask: Tensor | np.ndarray) -> np.ndarray:
    """The vectors of the tokens that count, of all prompts in a row."""
    return np.asarray(text)[np.asarray(mask).astype(bool)]


@pytest.mark.parametrize("kind", WIDTHS)
def test_tokens_are_those_of_the_pipeline(kind, tmp_path):
    prompts = [*PROMPTS, " and a  Long one " * 40]
    tokenizer, model = save(tmp_path, kind)
    found = encode_tokens(prompts, typed(TokenEncoder, encoder(tmp_path, kind)), tmp_path)
    text, mask = by_pipeline(kind, tokenizer, model, prompts)
    assert found["text"].dtype == np.float32
    assert found["text"].shape == (3, 256, WIDTHS[kind])
    if kind == "t5-padded":
        assert set(found) == {"text"}
        np.testing.assert_allclose(found["text"], text, atol=ATOL)
        return
    assert mask.sum(dim=1).tolist() == found["mask"].sum(axis=1).tolist()
    np.testing.assert_allclose(counted(**found), counted(text, mask), atol=ATOL)


@pytest.mark.parametrize("kind", WIDTHS)
def test_no_row_depends_on_its_batch(kind, tmp_path):
    save(tmp_path, kind)
    given = typed(TokenEncoder, encoder(tmp_path, kind, tokens=24))
    whole = encode_tokens([*PROMPTS, "x"], given, tmp_path)
    for name, values in encode_tokens([*PROMPTS, "x"], given, tmp_path, batch=1).items():
        np.testing.assert_allclose(values, whole[name], atol=ATOL)


def card_of(case, folder: Path, kind: str, network: torch.nn.Module) -> dict[str, Any]:
    shapes = {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
    return excerpt(
        {
            "name": "new",
            "family": case.family,
            "architecture": LAYOUTS[case.family].architecture(shapes),
            "checkpoint": {
                "files": [{"url": str(folder / "transformer/diffusion_pytorch_model.safetensors")}],
                "container": "safetensors",
            },
            "conditioning": {
                "kind": "text",
                "prompts": {"file": str(folder / "prompts.txt")},
                "encoders": [encoder(folder, kind, tokens=TOKENS if kind == "t5-padded" else 256)],
                "initial_timestep": case.time,
                "timesteps": {"start": case.time, "stop": case.time / 2, "integer": False},
            },
        }
    )


@pytest.mark.parametrize("name", KINDS)
@torch.inference_mode()
def test_c_through_the_workflow_is_what_diffusers_layers_receive(name, tmp_path):
    """Saved by diffusers and transformers; from prompts to c by the scripts of the rules."""
    case, kind, received = CASES[name], KINDS[name], []
    network = case.build()
    network.save_pretrained(tmp_path / "transformer")
    tokenizer, model = save(tmp_path, kind)
    (tmp_path / "prompts.txt").write_text("\n".join(PROMPTS))
    card = card_of(case, tmp_path, kind, network)

    inputs, tensors, output = (tmp_path / file for file in ("inputs.parquet", "c.safetensors", "c.parquet"))
    prepare_inputs(card, tmp_path, inputs, "cpu")
    assert set(RowGroups(inputs).read([0])) == {"condition", "text"} | ({"mask"} if kind != "t5-padded" else set())
    read_conditioner(card, ["final"], [], tmp_path, [tensors])
    extract_conditions(card, "new", ["final"], 2, [tensors], inputs, [output])
    found = conditions_file.read(output)
    assert found.ids.tolist() == [0, 1]

    text, mask = by_pipeline(kind, tokenizer, model, PROMPTS, TOKENS)
    changed = {case.rows["text"]: text} | ({case.rows["mask"]: mask} if "mask" in case.rows else {})
    if "sizes" in case.rows:  # what the pipeline passes unless it is told otherwise
        changed[case.rows["sizes"]] = torch.tensor([[1024, 1024, 1024, 1024, 0, 0]] * 2, dtype=torch.float32)
    change_c(network, LAYOUTS[case.family], lambda c: received.append(c) or c)
    for row, time in zip(found.c, found.timesteps, strict=True):
        received.clear()
        network(**replace(case, inputs=case.inputs | changed).arguments(time))
        assert received
        for c in received:
            np.testing.assert_allclose(row, c, atol=ATOL, rtol=ATOL)
    assert found.y is not None
    assert not np.allclose(found.y[0], found.y[1])


def test_an_encoder_is_fetched_from_a_repository(tmp_path, monkeypatch):
    save(tmp_path / "saved", "t5")
    names = [path.relative_to(tmp_path / "saved").as_posix() for path in (tmp_path / "saved").rglob("*") if path.is_file()]
    files = {f"a/b/resolve/main/{name}": Served((tmp_path / "saved" / name).read_bytes()) for name in names}
    listing = json.dumps({"siblings": [{"rfilename": name} for name in names]}).encode()
    given, fetched = encoder(Path("a/b"), "t5"), tmp_path / "fetched"
    (tmp_path / "config").mkdir()
    with FileServer(files | {"api/models/a/b/revision/main": Served(listing)}) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.address)
        fetch_condition_encoders({"kind": "text", "encoders": [given]}, tmp_path, fetched)
    found = encode_tokens(PROMPTS, typed(TokenEncoder, given), tmp_path, fetched=fetched)
    wanted = encode_tokens(PROMPTS, typed(TokenEncoder, encoder(tmp_path / "saved", "t5")), tmp_path)
    np.testing.assert_array_equal(found["text"], wanted["text"])


def test_an_encoder_of_another_kind_is_one_sentence(tmp_path):
    save(tmp_path, "t5")
    with pytest.raises(UserError, match=r"text_encoder_2 of .* cannot be loaded"):
        encode_tokens(PROMPTS, typed(TokenEncoder, encoder(tmp_path, "t5", model="text_encoder_2")), tmp_path)


def test_a_tokenizer_published_as_pieces_alone_is_read(tmp_path):
    """As those of HunyuanDiT and Mochi are; the pieces are SentencePiece's own."""
    text, tokenizer = tmp_path / "text.txt", tmp_path / "tokenizer"
    text.write_text("\n".join(["a photo of the Red dog", "ﬁsh and １２ Éclairs", *LETTERS] * 20))
    ids = {"pad_id": 0, "eos_id": 1, "unk_id": 2, "bos_id": -1}
    prefix = str(tmp_path / "spiece")
    SentencePieceTrainer.train(input=str(text), model_prefix=prefix, vocab_size=100, minloglevel=9, **ids)
    save(tmp_path, "t5")
    for path in tokenizer.iterdir():
        path.unlink()
    (tmp_path / "spiece.model").rename(tokenizer / "spiece.model")
    (tokenizer / "tokenizer_config.json").write_text('{"tokenizer_class": "T5Tokenizer", "extra_ids": 0}')
    prompts = ["A  photo of １２ ﬁsh", "Éclairs!"]
    pieces = SentencePieceProcessor(model_file=str(tokenizer / "spiece.model"))
    found = AutoTokenizer.from_pretrained(tokenizer)(prompts).input_ids
    assert found == [[*pieces.encode(prompt), 1] for prompt in prompts]
    (tokenizer / "spiece.model").write_bytes(b"\x0a\x7f")
    with pytest.raises(UserError, match=r"tokenizer of .* cannot be loaded"):
        encode_tokens(prompts, typed(TokenEncoder, encoder(tmp_path, "t5")), tmp_path)
