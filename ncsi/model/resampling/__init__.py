"""Resampling: replicates of every published quantity, their intervals, permutations of groups."""
