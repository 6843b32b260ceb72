"""Readers of the user's data that make the condition of models without class labels: poses, videos, prompts."""
