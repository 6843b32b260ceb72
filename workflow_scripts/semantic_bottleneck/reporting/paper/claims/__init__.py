"""The claims of the paper in words, each judged by a documented rule."""
