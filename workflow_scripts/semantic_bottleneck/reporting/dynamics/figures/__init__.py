"""One function per figure of the dynamics page."""
