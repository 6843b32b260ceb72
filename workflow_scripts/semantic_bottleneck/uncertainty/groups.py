"""Groups of samples that the jackknife leaves out in turn."""

from dataclasses import dataclass

import numpy as np

from semantic_bottleneck.arrays import Int, Int64


def group_of(samples: Int[np.ndarray, " samples"], classes: int, groups: int) -> Int64[np.ndarray, " samples"]:
    """Group of each sample index: (i // classes) % groups, int64.

    Sample i has class i % classes, so every `classes` consecutive indices hold each class once; the groups are balanced
    over classes and exchangeable, and they do not depend on shards.
    """
    return (np.asarray(samples, dtype=np.int64) // classes) % groups


def balanced_samples(labels: Int[np.ndarray, " samples"], classes: int) -> Int64[np.ndarray, " samples"]:
    """Sample numbers, all different: the k-th picture of class y is sample k · classes + y."""
    rank = np.empty(len(labels), dtype=np.int64)
    order = np.argsort(labels, kind="stable")
    starts = np.searchsorted(labels[order], np.arange(classes))
    rank[order] = np.arange(len(labels)) - starts[labels[order]]
    return rank * classes + labels


@dataclass(frozen=True)
class Groups:
    """Groups of a sample set for the jackknife.

    Attributes:
        member: int64 (n,), group of each sample, 0..G-1, every group filled.
        strata: int64 (G,), the block of classes from which each group comes; None where every group holds every class.
    """

    member: Int[np.ndarray, " samples"]
    strata: Int[np.ndarray, " groups"] | None


def balanced_groups(samples: Int[np.ndarray, " samples"], classes: int, groups: int) -> Int64[np.ndarray, " samples"]:
    """Group of each sample such that every group holds every class equally often, int64 (n,), 0..G-1.

    There are `groups` of them, or as many as there are rounds of classes where these are fewer.
    """
    rounds, index = np.unique(np.asarray(samples, dtype=np.int64) // classes, return_inverse=True)
    member = group_of(samples, classes, groups) if len(rounds) >= groups else index
    return np.unique(member, return_inverse=True)[1]


def stratified_groups(samples: Int[np.ndarray, " samples"], classes: int, groups: int) -> Groups:
    """About `groups` groups even where each class has fewer samples than that, as the paper's five.

    The classes are then cut into blocks, one stratum each, and every round of a block is a group. Groups of different
    strata are not exchangeable, but those of one stratum are, and only their spread enters the standard error.
    """
    samples = np.asarray(samples, dtype=np.int64)
    rounds = balanced_groups(samples, classes, groups)
    count = int(rounds.max()) + 1
    blocks = min(classes, -(-groups // count)) if count > 1 else 1
    if blocks == 1:
        return Groups(rounds, None)
    filled, member = np.unique(rounds * blocks + samples % classes * blocks // classes, return_inverse=True)
    return Groups(member, filled % blocks)
