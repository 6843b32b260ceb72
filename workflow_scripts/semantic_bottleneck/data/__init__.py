"""Pictures with labels: bundled sets, archives, folders."""
