"""The stages of a wave as plain functions: load, compute, save. Flows, notebooks and tests call these."""
