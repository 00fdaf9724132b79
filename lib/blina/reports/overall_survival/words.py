"""What the report on overall survival says is what can be said of any endpoint."""

from blina.endpoint.words import answer as answer
from blina.endpoint.words import arms as arms
from blina.endpoint.words import arms_caption as arms_caption
from blina.endpoint.words import arms_table as arms_table
from blina.endpoint.words import certainty as certainty
from blina.endpoint.words import curve_alt as curve_alt
from blina.endpoint.words import curve_caption as curve_caption
from blina.endpoint.words import finding as finding
from blina.endpoint.words import key_numbers as key_numbers
from blina.endpoint.words import steps_caption as steps_caption
from blina.endpoint.words import steps_table as steps_table
from blina.endpoint.words import summary_caption as summary_caption
from blina.endpoint.words import summary_table as summary_table
