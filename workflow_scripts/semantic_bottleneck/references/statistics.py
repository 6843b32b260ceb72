"""Mean and covariance of the features of real images, checked before anything is measured against them."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from semantic_bottleneck.checkpoints.npz import Npz
from semantic_bottleneck.checkpoints.ranges import LocalBytes
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.files.atomic import atomic_path
from semantic_bottleneck.files.damage import DamagedError
from semantic_bottleneck.files.zip_archive import check_zip

SYMMETRY = 1e-5
NEGATIVE = 1e-5
"""Largest asymmetry and most negative eigenvalue, relative to the largest entry and eigenvalue: files may hold float32."""
WIDEST = 16_384
"""Features that statistics may be of."""
SUFFIXES = {"features": "", "spatial": "_s", "dinov2": "_d"}
"""Kind of features -> what follows mu and sigma in a file; the first two are the ADM evaluator's names."""


class Statistics(NamedTuple):
    """`mean` float64 (d,) and `covariance` float64 (d, d)."""

    mean: np.ndarray
    covariance: np.ndarray


def checked(mean: np.ndarray, covariance: np.ndarray, where: str) -> Statistics:
    """Both as float64, the covariance exactly symmetric.

    Raises:
        UserError: one sentence naming `where` if shapes do not belong together, a value is not finite, or the covariance is
            not symmetric or not positive semi-definite beyond rounding.
    """
    try:
        mean, covariance = np.asarray(mean, dtype=np.float64), np.asarray(covariance, dtype=np.float64)
    except ValueError as error:
        raise UserError(f"{where}: mean and covariance are not numbers ({error}); get or make the file again.") from error
    if mean.ndim != 1 or not len(mean) or covariance.shape != (len(mean), len(mean)):
        raise UserError(
            f"{where}: a mean of shape {list(mean.shape)} and a covariance of shape {list(covariance.shape)} do not belong "
            "together; (d,) and (d, d) are needed."
        )
    for name, values in (("mean", mean), ("covariance", covariance)):
        if not np.isfinite(values).all():
            raise UserError(f"{where}: the {name} holds a value that is not finite; get or make the file again.")
    if np.abs(covariance - covariance.T).max() > SYMMETRY * np.abs(covariance).max():
        raise UserError(f"{where}: the covariance is not symmetric; get or make the file again.")
    covariance = (covariance + covariance.T) / 2.0
    eigenvalues = np.linalg.eigvalsh(covariance)
    if eigenvalues[0] < -NEGATIVE * max(eigenvalues[-1], 0.0):
        raise UserError(
            f"{where}: the covariance has the negative eigenvalue {eigenvalues[0]:.3g}, so it is none; get or make the file "
            "again."
        )
    return Statistics(mean, covariance)


def save_statistics(path: str | Path, statistics: Mapping[str, Statistics]) -> None:
    """Write an .npz of mu and sigma of each kind of features (keys of SUFFIXES)."""
    arrays: dict[str, np.ndarray] = {}
    for kind, (mean, covariance) in statistics.items():
        arrays |= {f"mu{SUFFIXES[kind]}": mean, f"sigma{SUFFIXES[kind]}": covariance}
    with atomic_path(path) as temporary, open(temporary, "wb") as stream:
        np.savez(stream, **arrays)  # type: ignore[arg-type]  # numpy thinks of allow_pickle


def load_statistics(path: str | Path) -> dict[str, Statistics]:
    """What `save_statistics` wrote.

    Raises:
        DamagedError: the file is absent, or a checksum of it does not hold.
    """
    check_zip(path)
    try:
        with LocalBytes(Path(path)) as source:
            stored = Npz(source)
            return {
                kind: Statistics(stored.array(f"mu{suffix}", WIDEST), stored.array(f"sigma{suffix}", WIDEST**2))
                for kind, suffix in SUFFIXES.items()
                if f"mu{suffix}" in stored.names
            }
    except (UserError, OSError) as error:
        raise DamagedError(path, error) from error
