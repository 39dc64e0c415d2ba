"""A release as SDMX: observations as SDMX-CSV 2.0, their structure as SDMX-JSON 2.0. Needs the extra `sdmx`."""

from ncsi.report.sdmx.export import Exported, write_sdmx

__all__ = ["Exported", "write_sdmx"]
