"""The site over all releases: one page to search, sort, filter and compare waves, and a local server for it."""

from ncsi.report.site.edition import unfit, write_edition
from ncsi.report.site.front_page import require_whole, write_site
from ncsi.report.site.serve import serve_folder

__all__ = ["require_whole", "serve_folder", "unfit", "write_edition", "write_site"]
