"""The page on the mechanism: arms that differ in what makes c, what pruning costs them, and its claims."""
