"""How each measured quantity is called, printed and judged."""

import math
from dataclasses import dataclass

GEOMETRY_KINDS = {"c": "c = y + t", "y": "y alone", "t": "t alone", "silu_c": "SiLU(c)"}
UNEVEN = 0.02
"""The share of an interval by which its two sides may differ in length and still be printed as one."""


@dataclass(frozen=True)
class Measure:
    """One metric of the result files.

    `better` is +1 where more is better, -1 where less is, 0 where neither is. `scale` and `suffix` turn the stored
    number into the printed one. `close` is the largest relative (or, with `close_is_absolute`, absolute) distance to a
    published number that still counts as close. `biased` marks estimates whose expectation depends on the sample size.
    """

    label: str
    decimals: int
    better: int = 0
    scale: float = 1.0
    suffix: str = ""
    close: float = 0.02
    close_is_absolute: bool = False
    biased: bool = False


MEASURES: dict[str, Measure] = {
    "dimension": Measure("Dimensions", 0),
    "participation_ratio": Measure("PR", 2),
    "normalized_participation_ratio_percent": Measure("nPR", 2, suffix=" %"),
    "cosine_similarity": Measure("Cosine similarity", 4, close=0.005, close_is_absolute=True),
    "tail_0.01_percent": Measure("|c| < 0.01", 2, suffix=" %"),
    "head_5_percent": Measure("|c| > 5", 2, suffix=" %"),
    "removed_dimensions": Measure("Removed dims", 1),
    "removed_percent": Measure("Removed", 2, suffix=" %"),
    "threshold": Measure("τ", 4),
    "quantile": Measure("Quantile", 2),
    "fid": Measure("FID", 4, better=-1, biased=True),
    "fid_infinity": Measure("FID∞", 4, better=-1),
    "inception_score": Measure("IS", 2, better=1, biased=True),
    "inception_score_one_split": Measure("IS (one split)", 2, better=1, biased=True),
    "inception_score_consecutive": Measure("IS (splits of 5,000)", 2, better=1, biased=True),
    "sfid": Measure("sFID", 4, better=-1, biased=True),
    "fd_dinov2": Measure("FD-DINOv2", 2, better=-1, biased=True),
    "kid": Measure("KID", 5, better=-1),
    "precision": Measure("Precision", 4, better=1, biased=True),
    "recall": Measure("Recall", 4, better=1, biased=True),
    "density": Measure("Density", 4, better=1),
    "coverage": Measure("Coverage", 4, better=1),
    "clip_score": Measure("CLIP score", 3, better=1),
    "class_agreement": Measure("Class agreement", 2, better=1, scale=100.0, suffix=" %"),
    "other_class_agreement": Measure("Drawn as the other class", 2, scale=100.0, suffix=" %"),
    "clip_margin": Measure("CLIP margin", 3, better=1),
    "part_dimensions": Measure("Dims", 1),
    "part_energy": Measure("Length²", 1, suffix=" %"),
    "part_class_energy": Measure("Class", 1, suffix=" %"),
    "part_time_energy": Measure("Time", 1, suffix=" %"),
    "part_negative": Measure("Below 0", 1, suffix=" %"),
    "part_sigma": Measure("σ", 4),
    "part_distance": Measure("From N(0, .02²)", 3),
    "part_start_sigma": Measure("σ at the start", 4),
    "part_start_correlation": Measure("ρ with the start", 3),
    "part_effective_rank": Measure("Effective rank", 1),
    "lpa": Measure("LPA", 2, better=1, scale=100.0, suffix=" %"),
    "lpa_images": Measure("LPA, all test images", 2, better=1, scale=100.0, suffix=" %"),
    "lpa_untrained": Measure("Untrained encoder", 2, scale=100.0, suffix=" %"),
    "lpa_pixels": Measure("Pixels", 2, scale=100.0, suffix=" %"),
    "lpa_first": Measure("LPA at the first t", 2, better=1, scale=100.0, suffix=" %"),
    "lpa_last": Measure("LPA at the last t", 2, better=1, scale=100.0, suffix=" %"),
    "gain_untrained": Measure("Gain over untrained", 2, better=1, scale=100.0, suffix=" points"),
    "lpa_given_up": Measure("LPA given up", 2, better=-1, scale=100.0, suffix=" points"),
    "knn": Measure("k-NN", 2, better=1, scale=100.0, suffix=" %"),
    "best_timestep": Measure("Best t", 0),
    "chosen_timestep": Measure("Chosen t", 0),
    "denoising_loss": Measure("Denoising loss", 4, better=-1),
    "swapped_loss": Measure("Loss with another's v", 4),
    "encoder_gradient_norm": Measure("Encoder's gradient norm", 4),
    "encoder_parameters": Measure("Encoder's parameters", 0),
    "encoder_megabytes": Measure("Encoder's memory", 1, suffix=" MB"),
    "training_teraflops": Measure("Training", 2, suffix=" TFLOP"),
    "lit_share": Measure("Lit pixels", 1, scale=100.0, suffix=" %"),
    "sparsity_correlation": Measure("ρ(best t, lit)", 3),
    "sparsity_correlation_within": Measure("ρ within classes", 3),
    "ssim": Measure("SSIM", 4, better=1),
    "ssim_gaussian": Measure("SSIM (Gaussian)", 4, better=1),
    "lpips": Measure("LPIPS", 4, better=-1),
    "psnr": Measure("PSNR", 3, better=1, suffix=" dB"),
    "dynamics_cosine_c": Measure("Cosine of c", 4),
    "dynamics_cosine_batch": Measure("Cosine of c, all timesteps", 4),
    "dynamics_npr_c": Measure("nPR of c", 2, suffix=" %"),
    "dynamics_npr_silu_c": Measure("nPR of SiLU(c)", 2, suffix=" %"),
    "dynamics_npr_t": Measure("nPR of t", 2, suffix=" %"),
    "dynamics_npr_y": Measure("nPR of y", 2, suffix=" %"),
    "dynamics_norm_t": Measure("Norm of t", 3),
    "dynamics_norm_y": Measure("Norm of y", 3),
    "dynamics_dead": Measure("c below −4", 2, suffix=" %"),
    "dynamics_loss": Measure("Training loss", 4),
    "mechanism_cosine_y": Measure("Cosine of y", 4),
    "mechanism_loss_early": Measure("Loss, early", 4, better=-1),
    "mechanism_loss_last": Measure("Loss, end", 4, better=-1),
    "mechanism_distance": Measure("Fréchet distance", 2, better=-1, biased=True),
    "compress_error": Measure("Error", 2, better=-1, scale=100.0, suffix=" %"),
    "compress_error_worst": Measure("Error, worst layer", 2, better=-1, scale=100.0, suffix=" %"),
    "compress_error_classes": Measure("Classes left out", 1, better=-1, scale=100.0, suffix=" %"),
    "compress_error_timesteps": Measure("Timesteps left out", 2, better=-1, scale=100.0, suffix=" %"),
    "classes_changed": Measure("Classes changed", 2, better=-1, scale=100.0, suffix=" %"),
    "pictures_changed": Measure("Pictures changed", 2, better=-1, scale=100.0, suffix=" %"),
    "largest_difference": Measure("Largest difference", 7, better=-1),
    "rms_difference": Measure("RMS difference", 7, better=-1),
    "footprint_parameters": Measure("Numbers", 4, suffix=" M"),
    "footprint_adaln": Measure("AdaLN or table", 4, suffix=" M"),
    "footprint_bytes": Measure("Weights", 3, better=-1, suffix=" MB"),
    "footprint_peak_bytes": Measure("Peak", 3, better=-1, suffix=" MB"),
    "footprint_seconds": Measure("Time", 2, suffix=" ms"),
}


def measure(name: str) -> Measure:
    """The entry of `name`; a metric nobody listed is printed under its own name with four decimals."""
    return MEASURES.get(name) or Measure(name.replace("_", " "), 4)


def heading(name: str) -> str:
    """Label with the arrow that says which way is better."""
    entry = measure(name)
    return entry.label + {1: " ↑", -1: " ↓"}.get(entry.better, "")


def decimals_for(name: str, low: float = math.nan, high: float = math.nan, finer: int = 0) -> int:
    """Decimals that leave two significant digits of the interval's half width, at most `finer` more than the metric's own.

    Paired differences are far smaller than the values, so they are printed finer.
    """
    entry = measure(name)
    half = abs(high - low) / 2 * entry.scale
    if not math.isfinite(half) or half == 0:
        return entry.decimals
    return min(entry.decimals + finer, max(0, 1 - math.floor(math.log10(half))))


def number(name: str, value: float, decimals: int | None = None, *, signed: bool = False, unit: bool = True) -> str:
    """`value` of metric `name` as printed, `—` where it is not a number; a signed one is a difference (of shares: points)."""
    entry = measure(name)
    if value is None or math.isnan(value):
        return "—"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    decimals = entry.decimals if decimals is None else decimals
    # z: what is rounded to zero has no sign left.
    text = f"{value * entry.scale:{'+' if signed else ''}z,.{decimals}f}".replace("-", "−")
    suffix = " pp" if signed and entry.suffix == " %" else entry.suffix
    return text + (suffix if unit else "")


def interval(name: str, low: float, high: float, decimals: int | None = None, *, signed: bool = False) -> str:
    """`low to high` as printed, or an empty string where there is no interval."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return ""
    decimals = decimals_for(name, low, high) if decimals is None else decimals
    ends = (number(name, end, decimals, signed=signed, unit=False) for end in (low, high))
    return " to ".join(ends)


def margin(name: str, value: float, low: float, high: float, decimals: int) -> str:
    """`± 0.38`, half the width of an interval, or `+0.40 −0.49` where `value` is not in its middle; empty without one."""
    if not (math.isfinite(low) and math.isfinite(high)) or low == high:
        return ""
    up, down = high - value, value - low
    if abs(up - down) <= UNEVEN * (high - low):
        return f"± {number(name, (high - low) / 2, decimals, unit=False)}"
    return f"+{number(name, up, decimals, unit=False)} −{number(name, down, decimals, unit=False)}"


def with_interval(name: str, value: float, low: float, high: float, *, signed: bool = False) -> str:
    """`value [low to high]`, the form sentences use; no brackets where low and high are equal or absent."""
    decimals = decimals_for(name, low, high)
    ends = interval(name, low, high, decimals, signed=signed) if low != high else ""
    return number(name, value, decimals, signed=signed) + (f" [{ends}]" if ends else "")
