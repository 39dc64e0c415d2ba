"""Inference: ranks, changes, contrasts, drivers, aggregates and comparisons, from fits and their replicates."""
