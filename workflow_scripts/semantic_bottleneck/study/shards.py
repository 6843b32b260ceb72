"""Which samples a job computes: shards of whole micro-batches, so that no result depends on the number of shards."""

from collections.abc import Sequence

from semantic_bottleneck.errors import UserError


def shard_samples(total: int, micro_batch: int, shards: int, shard: int) -> range:
    """The samples of one shard: a contiguous run of whole micro-batches [kB, (k + 1)B), the last one cut at `total`.

    Raises:
        UserError: `shard` is not one of the shards, or there are more shards than micro-batches.
    """
    batches = -(-total // micro_batch)
    if not 0 <= shard < shards:
        raise UserError(f"shard {shard} does not exist; with {shards} shards use 0 to {shards - 1}.")
    if shards > batches:
        raise UserError(
            f"{total} samples in micro-batches of {micro_batch} make {batches} micro-batches, too few for {shards} shards; "
            f"lower the number of shards to {batches}."
        )
    first, last = (bound * batches // shards for bound in (shard, shard + 1))
    return range(first * micro_batch, min(last * micro_batch, total))


def micro_batches(samples: Sequence[int], micro_batch: int) -> list[range]:
    """Consecutive samples cut into micro-batches.

    Raises:
        UserError: the samples are not consecutive or do not start at a multiple of `micro_batch`.
    """
    if not len(samples):
        return []
    first, last = int(samples[0]), int(samples[-1]) + 1
    if micro_batch < 1 or first % micro_batch or list(samples) != list(range(first, last)):
        raise UserError(f"samples {first} to {last - 1} are no run of whole micro-batches of {micro_batch}; use shard_samples.")
    return [range(start, min(start + micro_batch, last)) for start in range(first, last, micro_batch)]
