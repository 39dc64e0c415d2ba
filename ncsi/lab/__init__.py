"""What an analyst holds: results of the model that show themselves in a notebook."""

from ncsi.lab.summaries import Summary, summary

__all__ = ["Summary", "summary"]
