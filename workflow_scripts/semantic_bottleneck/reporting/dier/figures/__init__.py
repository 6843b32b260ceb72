"""One function per figure of the DiER page."""
