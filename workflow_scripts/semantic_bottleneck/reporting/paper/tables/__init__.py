"""One builder per table of the paper."""
