"""A synthetic nation with a known truth, surveyed and written the way real platforms export."""

from ncsi.simulate.workspace import DEMO_SECTORS, DemoPlan, write_workspace

__all__ = ["DEMO_SECTORS", "DemoPlan", "write_workspace"]
