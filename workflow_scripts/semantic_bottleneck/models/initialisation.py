"""The official starting values of a network that is trained rather than loaded."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from semantic_bottleneck.models.layers import Block, FinalLayer, PatchEmbed

EMBEDDING_DEVIATION = 0.02


def initialise_transformer(network: nn.Module, embeddings: Sequence[Tensor], generator: torch.Generator) -> None:
    """In place: Linears and patch convolutions Xavier-uniform with zero bias; `embeddings` normal with
    deviation 0.02; every modulation Linear and the last Linear zero (docs/sources/sit_family.md, section 1).

    So a fresh network returns exactly 0 and ignores c. On the meta device there is nothing to start from.
    """
    if any(parameter.is_meta for parameter in network.parameters()):
        return
    for module in network.modules():
        if isinstance(module, nn.Linear):
            nn.init.xavier_uniform_(module.weight, generator=generator)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, PatchEmbed):
            nn.init.xavier_uniform_(module.proj.weight.view(module.proj.weight.shape[0], -1), generator=generator)
            assert module.proj.bias is not None
            nn.init.zeros_(module.proj.bias)
    for embedding in embeddings:
        nn.init.normal_(embedding, std=EMBEDDING_DEVIATION, generator=generator)
    for module in network.modules():
        if isinstance(module, Block | FinalLayer):
            for parameter in module.adaLN_modulation.parameters():
                nn.init.zeros_(parameter)
        if isinstance(module, FinalLayer):
            nn.init.zeros_(module.linear.weight)
            nn.init.zeros_(module.linear.bias)
