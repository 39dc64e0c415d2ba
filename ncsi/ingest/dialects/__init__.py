"""Which column of an export means what: the platform's own conventions, then the researcher's map."""

from ncsi.ingest.dialects.export import DIALECTS, Export, recognised
from ncsi.ingest.dialects.layout import Layout, layout_of

__all__ = ["DIALECTS", "Export", "Layout", "layout_of", "recognised"]
