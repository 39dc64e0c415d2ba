"""The site over all releases: one page to search, sort, filter and compare waves, and a local server for it."""

from ncsi.report.site.serve import serve_folder
from ncsi.report.site.write import write_site

__all__ = ["serve_folder", "write_site"]
