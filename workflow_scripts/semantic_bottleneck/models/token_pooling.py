"""From the tokens of a picture, a pose or a video to one vector (X-MDPT, MDSGen)."""

from torch import Tensor, nn

from semantic_bottleneck.arrays import Float

EPSILON = 1e-12
"""Of the layer norms of the condition path; 1e-5 would move the vectors by 7e-5."""


def projection(features: int, hidden_size: int) -> nn.Sequential:
    """Linear, exact GELU, layer norm, token by token; tensors `0.*` and `2.*`."""
    return nn.Sequential(nn.Linear(features, hidden_size), nn.GELU(), nn.LayerNorm(hidden_size, eps=EPSILON))


class TokenPooling(nn.Sequential):
    """Tokens (N, T, D) -> (N, D): one learned weight per token and one bias, exact GELU, layer norm.

    The weighted sum is a convolution of kernel 1 whose channels are the tokens; only the token axis is squeezed, so a batch of
    one stays a batch.
    """

    def __init__(self, tokens: int, hidden_size: int) -> None:
        super().__init__(nn.Conv1d(tokens, 1, kernel_size=1), nn.GELU(), nn.LayerNorm(hidden_size, eps=EPSILON))

    def forward(self, tokens: Float[Tensor, "samples tokens dimensions"]) -> Float[Tensor, "samples dimensions"]:
        return super().forward(tokens).squeeze(1)
