"""What a frozen embedding knows about the class: a linear probe and its nearest neighbours."""

import warnings
from dataclasses import dataclass

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

NEIGHBOURS = 20
ITERATIONS = 300


@dataclass(frozen=True)
class LinearProbe:
    """Multinomial logistic regression on standardised features with L2, C = 1, no augmentation.

    The protocol is a choice (docs/sources/dier.md, section 3).

    `mean` and `scale` (d,) are those of the training features; a constant feature is only centred.
    """

    mean: np.ndarray
    scale: np.ndarray
    model: LogisticRegression

    @classmethod
    def fit(cls, features: np.ndarray, labels: np.ndarray) -> "LinearProbe":
        """Train on features (n, d) and labels (n,); at most ITERATIONS of L-BFGS."""
        features = features.astype(np.float64)
        mean, scale = features.mean(axis=0), features.std(axis=0)
        scale[scale <= 1e-12 * max(1.0, float(np.abs(mean).max(initial=0.0)))] = 1.0
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # the last digits of a weight change no prediction
            model = LogisticRegression(C=1.0, max_iter=ITERATIONS).fit((features - mean) / scale, labels)
        return cls(mean, scale, model)

    def correct(self, features: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """Bool (n,): which of the features are classified as their label."""
        return self.model.predict(self._standardised(features)) == labels

    def log_likelihood(self, features: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """Float64 (n,): log-probability of each feature's own label; minus infinity for one that the probe never saw."""
        own = self.model.classes_ == labels[:, None]
        return np.where(own, self.model.predict_log_proba(self._standardised(features)), -np.inf).max(axis=1)

    def _standardised(self, features: np.ndarray) -> np.ndarray:
        return (features.astype(np.float64) - self.mean) / self.scale


@dataclass(frozen=True)
class Answers:
    """What a probe says of test features: `correct` bool (n,), `log_likelihood` float64 (n,) of each one's own class."""

    correct: np.ndarray
    log_likelihood: np.ndarray


def probe_answers(train: np.ndarray, train_labels: np.ndarray, test: np.ndarray, test_labels: np.ndarray) -> Answers:
    """Train a probe on features (n, d) and ask it about others; none is right, and all is NaN, if a feature is not finite."""
    if not (np.isfinite(train).all() and np.isfinite(test).all()):
        return Answers(np.zeros(len(test_labels), dtype=bool), np.full(len(test_labels), np.nan))
    probe = LinearProbe.fit(train, train_labels)
    return Answers(probe.correct(test, test_labels), probe.log_likelihood(test, test_labels))


def linear_probe(train: np.ndarray, train_labels: np.ndarray, test: np.ndarray, test_labels: np.ndarray) -> np.ndarray:
    """Bool (n,): which test features (n, d) a probe trained on the others gets right."""
    return probe_answers(train, train_labels, test, test_labels).correct


def nearest_neighbours(train: np.ndarray, train_labels: np.ndarray, test: np.ndarray, test_labels: np.ndarray) -> np.ndarray:
    """Bool (n,): majority of the NEIGHBOURS nearest by cosine of standardised features; ties go to the smaller label."""
    mean, scale = train.mean(axis=0), train.std(axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    known, asked = (_units((part - mean) / scale) for part in (train, test))
    count = min(NEIGHBOURS, len(known))
    nearest = np.argpartition(-(asked @ known.T), count - 1, axis=1)[:, :count]
    classes = int(max(train_labels.max(), test_labels.max())) + 1
    votes = np.apply_along_axis(np.bincount, 1, train_labels[nearest], minlength=classes)
    return votes.argmax(axis=1) == test_labels


def _units(vectors: np.ndarray) -> np.ndarray:
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(length > 0, length, 1.0)
