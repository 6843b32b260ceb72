"""Files that a card or a study names are part of the workflow: what they hold, as one hash. Standard library only."""
