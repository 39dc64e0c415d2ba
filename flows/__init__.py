"""Prefect around the stages: order, retries, progress, nothing else."""
