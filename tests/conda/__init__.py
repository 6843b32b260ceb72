"""`--use-conda` proved without conda: a shim builds each env file's pip section as a venv."""
