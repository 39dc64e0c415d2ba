"""Disclosure: what may leave the house."""
