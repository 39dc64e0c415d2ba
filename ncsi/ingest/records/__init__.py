"""Files of records of a measure: declared fields found by their heads, cells checked by kind, faults told together."""

from ncsi.ingest.records.fields import Field, FieldKind, fault_at
from ncsi.ingest.records.reading import Checks, Records, read_records

__all__ = ["Checks", "Field", "FieldKind", "Records", "fault_at", "read_records"]
