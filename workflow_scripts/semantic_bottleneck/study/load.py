"""A study's configuration, checked against its schema and beyond what a schema can say."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.study.arms import arm_cards
from semantic_bottleneck.study.cards import load_card
from semantic_bottleneck.study.checks import check_study
from semantic_bottleneck.study.model_names import card_name
from semantic_bottleneck.study.study import Study
from semantic_bottleneck.study.validation import load_schema, load_yaml, validated


def load_study(
    config: Mapping[str, Any], root: Path, files: Sequence[str | Path] = (), given: Mapping[str, Any] | None = None
) -> Study:
    """Validate a configuration (defaults filled in) and load the cards it names.

    Args:
        config: Snakemake's merged configuration.
        root: the repository's folder.
        files: the configuration files it comes from.
        given: what came from `--config`.

    Raises:
        UserError: an unknown or mistyped key, model or variant, in one sentence.
    """
    source = _source(files, given)
    for file in files:
        _check_text(Path(file))
    study = validated(config, load_schema(root / "config/schemas/study.schema.yaml"), source)
    names = dict.fromkeys(card_name(model) for model in study["models"])  # ordered: a set's order would look like a change
    cards = {name: load_card(root / f"config/models/{name}.yaml") for name in names}
    try:
        arms = arm_cards(study["mechanism"], root) if study.get("mechanism") else {}
        if both := [name for name in arms if name in cards]:
            raise UserError(f"mechanism.arms.{both[0]} has the name of a model of the study; choose another one.")
    except UserError as error:
        raise UserError(f"{source}: {error}") from None
    result = Study(study, cards | arms, study_file(study["study"], root), source)
    try:
        check_study(result, root)
    except UserError as error:
        raise UserError(f"{source}: {error}") from None
    return result


def study_file(name: str, root: Path) -> str:
    """The configuration below config/ that describes a study, as Snakemake takes it; empty for the default one."""
    default = root / "config/config.yaml"
    if _study_of(default) == name:
        return ""
    others = (path for path in sorted((root / "config").glob("*.yaml")) if path != default and _study_of(path) == name)
    return next((f"config/{path.name}" for path in others), f"config/{name}.yaml")


def _study_of(path: Path) -> Any:
    """The study that a file describes; None where it describes none, or nobody can read it."""
    try:
        return load_yaml(path).get("study")
    except UserError:
        return None


def _source(files: Sequence[str | Path], given: Mapping[str, Any] | None) -> str:
    names = [os.path.relpath(file) for file in files] + (["--config"] if given else [])
    return " and ".join(names) or Study.source


def _check_text(file: Path) -> None:
    """Snakemake lets the last of two equal keys win; a pipe (`<(...)`) can be read only once, and JSON is no text of ours."""
    if file.is_file() and file.suffix != ".json":
        load_yaml(file)
