"""Tables, claims and page of the DiER study."""
