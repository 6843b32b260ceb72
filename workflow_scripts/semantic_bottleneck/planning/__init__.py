"""What a study will cost before anything of it runs: model evaluations, downloads, disk and time."""
