"""The site over all releases: one page to search, sort, filter and compare waves, and a local server for it."""

from ncsi.report.site.front_page import write_site
from ncsi.report.site.serve import serve_folder

__all__ = ["serve_folder", "write_site"]
