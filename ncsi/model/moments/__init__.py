"""Moments: the weighted means and covariances that estimation needs of the rows, complete or not."""
