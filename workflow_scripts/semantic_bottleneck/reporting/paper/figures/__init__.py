"""One function per figure of the paper; each writes its files and returns an alt text with the numbers."""
