"""What decides a model's samples beside its card. Standard library only: rules pass it as plain data, jobs make it again."""

from dataclasses import dataclass

from semantic_bottleneck.study.shards import shard_samples


@dataclass(frozen=True)
class SamplePlan:
    """How many samples of which conditions are drawn, in which division, and how the network is run.

    Attributes:
        seed: with the sample's index and the step it decides every random number.
        samples: of every variant, over all shards.
        shards: jobs they are divided into; changes no sample.
        micro_batch: samples [kB, (k + 1)B) share their network calls.
        labels: how samples get their classes: see sampling/class_protocol.py.
        precision: of the network's calls: see sampling/precision.py.
        compile: whether the network's blocks are compiled.
    """

    seed: int
    samples: int
    shards: int
    micro_batch: int
    labels: str
    precision: str
    compile: bool

    def shard(self, number: int) -> range:
        """The sample indices of a shard; raises UserError if there is no such shard."""
        return shard_samples(self.samples, self.micro_batch, self.shards, number)
