"""The texts of the DiER page."""

TITLE = "DiER: learning the conditional vector"
LEAD = (
    "DiER (arXiv 2505.05732) puts an encoder in place of a diffusion transformer's class table: v = E(image, t) enters "
    "c = timestep embedding + W v, and one noise-prediction loss trains both. Is v a representation, at which t, and does a "
    "learned conditional vector show the bottleneck that the first paper (arXiv 2602.21596) finds in class vectors?",
    "The full text of DiER could not be obtained, so no accuracy of it stands beside ours, and encoder, sizes and protocol are "
    "our choices, listed under Definitions.",
)
DEFINITIONS = {
    "v_t": "the encoder's vector of a clean image at timestep t; d_v numbers. W v_t is what enters c.",
    "LPA": "accuracy of logistic regression (L2, C = 1) on standardised v_t, trained on training images, scored on others.",
    "untrained encoder": "the same network with its starting weights: what its shape alone gives.",
    "replicate": "a training with its own seed; without an official test part it also holds out its own stratified fold, "
    "disjoint from the other replicates' folds.",
    "loss gap": "denoising error with another image's vector minus that with the own one, on held-out images.",
    "nPR": "participation ratio (sum |x|)² / sum x² over the number of dimensions; a Gaussian vector has 63.7 %.",
    "near zero": "an entry below a tenth of its vector's root mean square; a Gaussian vector has 8 % of them.",
    "pruning": "dimensions of v_t or W v_t set to 0 (or to their mean) at one timestep; neither the probe nor the network is "
    "trained again.",
    "encoder": "3×3 convolutions with group norm and FiLM on t, flattened, one linear layer; or a ViT with AdaLN.",
    "self-supervised": "the same encoder without t, on the same images and as many of them. VICReg: two views, moved by up to "
    "an eighth of the side, resized by up to a quarter, with noise of 0.1, get vectors that agree, vary and do not repeat each "
    "other. Masked autoencoder: 75 % of the patches are hidden, and told from the vector.",
    "lit": "brighter than half way between black and white.",
    "backbone": "the DiT of the other studies; its class table is not read.",
}
