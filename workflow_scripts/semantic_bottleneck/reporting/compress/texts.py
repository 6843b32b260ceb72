"""The texts of the compression page."""

TITLE = "AdaLN made small"
LEAD = (
    "AdaLN, the maps from the conditional vector c to the modulations of every block, is a quarter to a third of a diffusion "
    "transformer's weights and hardly any of its arithmetic. Making it small saves memory, never time.",
    "For a fixed sampler the modulations depend on the timestep and the condition alone. So those of one trajectory can be "
    "computed once, exactly, and AdaLN need not be on the device at all; or the maps go through fewer dimensions, chosen for "
    "what they put out over everything that the sampler feeds to them.",
)
DEFINITIONS = {
    "optimal": (
        "the leading left singular vectors U of W Σ^½, with Σ the covariance of SiLU(c) over all rows (timestep, condition): W "
        "becomes U (Uᵀ W), and the mean goes into the bias. No map of this rank leaves a smaller mean squared error."
    ),
    "PCA of SiLU(c), columns, random": (
        "the same number of directions chosen otherwise: of largest variance, single dimensions of largest variance, and at "
        "random. The mean goes into the bias in all of them."
    ),
    "computed beforehand": "every modulation is read from a table with one row for each timestep and condition.",
    "t + y table": "such a table as the sum of a part for the timestep and a part for the condition, by least squares.",
    "Rank": "dimensions between the two maps that take the place of one (`condition_rank` in a model card).",
}
