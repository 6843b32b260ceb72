"""Files that we write: their bytes and their modes."""
