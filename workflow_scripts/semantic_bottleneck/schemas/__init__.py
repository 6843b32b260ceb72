"""Cards and studies as their schemas want them: strict YAML, values of the right type, and one sentence where that fails."""
