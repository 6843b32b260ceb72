"""One function per figure of the mechanism page."""
