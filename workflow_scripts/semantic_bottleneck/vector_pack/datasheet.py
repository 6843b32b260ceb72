"""The page that a pack of vectors carries: what it holds, where it comes from, how it was made and what it is good for."""

from collections.abc import Mapping, Sequence

from semantic_bottleneck.vector_pack.models import COLUMNS

TEXT = """# Conditional vectors of the study `{study}`

What the AdaLN layers of {count} diffusion transformers receive, c, and what it is made of: the embedding y of the condition
and the embedding t of the timestep. All that *A Hidden Semantic Bottleneck* (arXiv 2602.21596) says of similarity and sparsity
follows from these numbers, without the networks.

## Models

{models}
{missing}
## Files

`<model>.safetensors`, whose metadata say where the weights came from and begin with the file's own SHA-256 (`content_sha256`,
taken with zeros in its place), hold:

| tensor | type | is |
|---|---|---|
| `y` | float32 (n, D) | the embedding of each condition; absent where nothing of the condition enters c |
| `t` | float32 (T, D) | the embedding of each timestep |
| `timesteps` | float64 (T) | as the network is fed with them, the initial, noisiest one first |
| `conditions` | int64 (n) | class, or number of the condition |
| `c` | float32 (T, n, D) | what AdaLN receives; absent where it is `t[:, None] + y[None]` bit for bit |

`models.parquet`, one row for each of these files:

| column | is |
|---|---|
{columns}

## How it was made

`snakemake vectors` of semantic-bottleneck: the tensors of each network's own embedders are read from its checkpoint, and the
embedders are run in float32 on a CPU over all conditions and the study's grid of timesteps (`conditions.timesteps` of them,
even from the sampler's first to its last). t at other timesteps is not in the pack: a pack of a study with a finer grid has
it. Nothing was chosen, scaled or rounded. The null condition of guidance is not among the rows.

## How it is used

```python
from safetensors.numpy import load_file

vectors = load_file("{example}.safetensors")
y, t = vectors["y"], vectors["t"]
c = vectors["c"] if "c" in vectors else t[:, None] + y[None]
```

In a study of semantic-bottleneck the key `vectors: <this folder>` takes them in place of the checkpoints.

## Licences

The vectors are made of their authors' weights, whose terms go with them. The table says where a card states them; where it
states nothing, look beside the weights before you pass this folder on.{trained}
"""


def datasheet(study: str, rows: Sequence[Mapping], not_packed: Mapping[str, str], data: str) -> str:
    """The page, in Markdown.

    Args:
        rows: of `models.model_rows`.
        not_packed: model of the study -> why the pack lacks it.
        data: the pictures that models trained here learned from, and their licence; empty where none was trained.
    """
    columns = "\n".join(f"| `{name}` | {meaning} |" for name, meaning in COLUMNS.items())
    missing = "".join(f"\n- {model} is not in it: {reason.rstrip('.')}." for model, reason in not_packed.items())
    trained = f"\n\nModels trained by the study learned from {data}." if data else ""
    return TEXT.format(
        study=study,
        count=len(rows),
        models=_models(rows),
        missing=f"{missing}\n" if missing else "",
        columns=columns,
        example=rows[0]["model"],
        trained=trained,
    )


def _models(rows: Sequence[Mapping]) -> str:
    lines = ["| model | is | n | D | T | weights | sha256 of the tensors read | licence |", "|---|---|---|---|---|---|---|---|"]
    for row in rows:
        sizes = f"{row['conditions']} ({row['condition']}) | {row['dimensions']} | {len(row['timesteps'])}"
        lines.append(
            f"| `{row['model']}` | {row['title']} | {sizes} | {row['checkpoint_source']} | `{row['tensors_sha256'][:12]}…` | "
            f"{row['licence'] or 'not stated'} |"
        )
    return "\n".join(lines)
