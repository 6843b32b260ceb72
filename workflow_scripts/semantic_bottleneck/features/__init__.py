"""Features of 8-bit images: one function per extractor, all with the same arguments and the same fixed batches."""
