"""One builder per table of the paper, and the forms a table is written in."""
