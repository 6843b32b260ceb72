"""Image data sets described by cards: bundled with packages, downloaded and verified, or read from a folder of the user's."""
