"""Which dimensions of c are removed, and what replaces them."""
