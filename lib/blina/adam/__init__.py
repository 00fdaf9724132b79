"""Patient-level tables after CDISC ADaM: reading, checking, endpoints, writing.

tables = read_tables(folder)              # Tables: adsl, adtte, adlb, kind, sources
os = tables.endpoint("OS")                # time in months, event, arm
missing(tables, ["ADSL.MRDRESP"])         # what a report would lack
"""

from blina.adam.endpoints import Endpoint
from blina.adam.finding import Source
from blina.adam.needs import missing
from blina.adam.tables import Tables, read_tables
from blina.adam.writing import write_table, write_tables

__all__ = ["Endpoint", "Source", "Tables", "missing", "read_tables", "write_table", "write_tables"]
