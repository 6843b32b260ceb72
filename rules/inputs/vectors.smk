"""What a pack of vectors holds."""

from semantic_bottleneck.study.data_card import PackageSource
from semantic_bottleneck.study.data_cards import load_data_card


def packs(wildcards):
    """The pack's file of every model of the study that can run."""
    left_out = missing_of(VECTORS)
    models = [model for model in STUDY.config["models"] if model not in left_out]
    if not models:
        raise Refusal(
            f"No model of the study '{STUDY.config['study']}' can run: {next(iter(left_out.values()))}"
        )
    return files_of(rules.pack_vectors.output.vectors, model=models)


def told_of_packs(wildcards):
    """What the pack's list says of every model beside what its file says."""
    return {
        model: {
            "title": STUDY.card(model)["title"],
            "condition": STUDY.kind(model),
            "licence": STUDY.card(model).get("checkpoint", {}).get("licence", ""),
        }
        for model in STUDY.config["models"]
    }


def training_data(wildcards):
    """The pictures that models trained here learned from, with the licence that a data card states; empty where none was."""
    data = STUDY.config.get("data", "")
    if not any(map(STUDY.is_trained_here, STUDY.config["models"])):
        return ""
    cards = map(refusing(load_data_card), sorted((ROOT / "config/data").glob("*.yaml")))
    of_data = (each for each in cards if isinstance(each.source, PackageSource) and each.source.name == data)
    licences = (each.licence for each in of_data if each.licence)
    return f"`{data}` ({next(licences, 'no card states its licence')})"


def vectors_files(wildcards):
    return [*packs(wildcards), *rules.describe_vectors.output]
