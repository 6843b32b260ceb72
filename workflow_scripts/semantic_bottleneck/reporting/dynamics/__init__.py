"""The page on training dynamics: what its runs measured, its tables and its claims."""
