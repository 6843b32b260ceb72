"""From latents to pictures and sounds, and back."""
