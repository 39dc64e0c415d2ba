"""A report to take along: its outline, once, and the files for office programs that are written of it."""

from ncsi.report.share.email import email
from ncsi.report.share.nation import national_outline
from ncsi.report.share.office import require_libraries, write_office
from ncsi.report.share.outline import Outline
from ncsi.report.share.sector import sector_outline

__all__ = ["Outline", "email", "national_outline", "require_libraries", "sector_outline", "write_office"]
