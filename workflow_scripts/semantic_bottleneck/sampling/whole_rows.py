"""How PyTorch's compiler computes layer norms: a whole row at once.

Inductor keeps rows of up to 1,024 numbers in registers and reads longer ones twice. The published models' rows are 1,152
long, and two norms in each block then take a fifth of its time.
"""

from typing import Any

from torch._inductor.choices import InductorChoices
from torch._inductor.virtualized import V

LONGEST = 4096
"""Numbers of a row that still fit into the registers of one group of threads."""


class WholeRows(InductorChoices):
    """Inductor's own choices but for the length of rows that stay in registers; its setting `inductor_choices_class`."""

    def uuid(self) -> str:
        """What tells code compiled by these choices from others' in the compiler's cache."""
        return f"whole rows of up to {LONGEST}"

    @staticmethod
    def should_use_persistent_reduction(features: Any, cooperative_reduction: bool) -> bool:
        """Whether a reduction reads each row once."""
        own = InductorChoices.should_use_persistent_reduction(features, cooperative_reduction)
        return own or V.graph.sizevars.statically_known_leq(features.reduction_numel, LONGEST)
