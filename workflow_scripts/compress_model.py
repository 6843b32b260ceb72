"""Rule compress_model: a model's weights -> checkpoints with factorised AdaLN and their cards, and errors against the rank."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

if __name__ == "__main__":
    from semantic_bottleneck.job.start import begin

    begin(snakemake)

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path

import yaml

from semantic_bottleneck.compression.checkpoint import factorised_state, layers_of
from semantic_bottleneck.compression.errors import ErrorRow, break_even_rank, folds_of, measure_errors, needed_ranks
from semantic_bottleneck.compression.factors import Distribution
from semantic_bottleneck.compression.fed_rows import fed_rows, modulation_inputs
from semantic_bottleneck.compression.tables import additive_tables, exact_tables, interaction
from semantic_bottleneck.files import parquet, tensors_file
from semantic_bottleneck.files.atomic import write_text
from semantic_bottleneck.files.hashing import file_sha256
from semantic_bottleneck.files.project_path import project_path
from semantic_bottleneck.models.weights import load_weights, origin_of
from semantic_bottleneck.study.card import Card
from semantic_bottleneck.study.compressed import ADDITIVE, Compressed, compressed_card
from semantic_bottleneck.study.typed import required, typed

BEGINNING = "# Made by `snakemake compress`. Copied into config/models, it is a model like any other.\n"
NO_RANK = -1


def compress_model(
    card: Mapping,
    weights: str | Path,
    compressed: Sequence[Compressed],
    ranks: Sequence[int],
    folds: int,
    seed: int,
    checkpoints: Sequence[str],
    cards: Sequence[str],
    errors: str | Path,
) -> None:
    """Fit every factorisation on all (timestep, condition) rows that the card's sampler feeds; write what it gives.

    Args:
        card: the whole card of the full model.
        weights: its checkpoint.
        compressed: the factorisations, one for each of `checkpoints` and `cards`.
        ranks: at which errors are measured for all methods.
        folds: sets of classes that are left out of a fit in turn.
        seed: of random directions.
    """
    model = typed(Card, card)
    network, rows = load_weights(model, weights, "cpu"), fed_rows(model)
    s, layers, state = modulation_inputs(network, rows), layers_of(network), network.state_dict()
    distribution = Distribution.of(s)
    for each, checkpoint, path in zip(compressed, checkpoints, cards, strict=True):
        tensors = factorised_state(state, layers, distribution, each.method, required(each.rank), seed)
        tensors_file.write(checkpoint, tensors, {"model": model.name, "method": each.method, "rank": str(each.rank)})
        own = compressed_card(card, each, project_path(checkpoint), file_sha256(checkpoint))
        load_weights(typed(Card, own), checkpoint, "cpu")  # proves that it is what its card says
        write_text(path, BEGINNING + yaml.safe_dump(own, sort_keys=False))
    found = list(measure_errors(layers, s, folds_of(rows, required(model.classes), folds), ranks, seed))
    exact = {name: table.double() for name, table in exact_tables(network, rows).items()}
    for name, table in additive_tables(exact, rows).items():
        found.append(ErrorRow(ADDITIVE, NO_RANK, "fitted", 0, name, interaction(exact[name], table)))
    needed = {f"{target:g}": rank for target, rank in needed_ranks(layers, s).items()}
    metadata = {"model": model.name, "needed_ranks": json.dumps(needed), "break_even_rank": str(break_even_rank(layers))}
    columns = {field.name: [getattr(row, field.name) for row in found] for field in fields(ErrorRow)}
    parquet.write(errors, columns, metadata | {"rows": str(len(rows))} | origin_of(model, weights))


if __name__ == "__main__":
    compress_model(
        card=snakemake.params.card,
        weights=snakemake.input.weights,
        compressed=[Compressed(**each) for each in snakemake.params.compressed],
        ranks=snakemake.params.ranks,
        folds=snakemake.params.folds,
        seed=snakemake.params.seed,
        checkpoints=list(snakemake.output.checkpoints),
        cards=list(snakemake.output.cards),
        errors=snakemake.output.errors,
    )
