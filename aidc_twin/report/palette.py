"""Colours that people with the common forms of colour blindness can tell apart (Okabe and Ito, 2008), on white."""

BLUE = "#0072B2"
SKY = "#56B4E9"
GREEN = "#009E73"
ORANGE = "#E69F00"
RED = "#D55E00"
PURPLE = "#CC79A7"
YELLOW = "#F0E442"
GREY = "#8A9099"
INK = "#1B2430"
PALE = "#E3E7EB"
MUTED = "#5A6572"

SERIES = (BLUE, ORANGE, GREEN, PURPLE, SKY, RED, YELLOW, "#6A51A3", "#7F6A4D", "#2F4B5C", "#A6BDDB", "#B2DF8A",
          "#FDBF6F", "#B15928", "#FB9A99", "#4D4D4D")  # fmt: skip
"""Told apart in this order; what comes after the last is grey."""

LOAD = ("#F4F6F8", "#D6E6F2", "#A6CBE3", "#5FA2CE", ORANGE, RED)
LOAD_LIMITS = (0.005, 0.5, 0.8, 0.95, 0.999)
"""Upper ends of the classes of load; the last class is full."""

SHARES = {"busy": BLUE, "setup": SKY, "blocked": RED, "starved": ORANGE, "down": PURPLE, "closed": PALE}
LATENESS = (GREEN, ORANGE, RED, GREY)


def series(index: int) -> str:
    """Colour of the index-th series."""
    return SERIES[index] if index < len(SERIES) else GREY
