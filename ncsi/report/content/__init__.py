"""What a report says: plain values and bilingual texts that HTML and PDF render alike."""

from ncsi.report.content.diagnosis import diagnosis, shown_brands
from ncsi.report.content.national import national
from ncsi.report.content.press import markdown, press
from ncsi.report.content.sector import sector

__all__ = ["diagnosis", "markdown", "national", "press", "sector", "shown_brands"]
