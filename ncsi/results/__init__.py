"""Results: what model and survey come to, as rows of the result tables. Pure: frames in, frames out."""
