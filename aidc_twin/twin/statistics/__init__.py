"""What replications say and how sure that is: intervals, warm-up, when to stop, the best of many, bands over time."""

from aidc_twin.twin.statistics.bands import Bands, bands
from aidc_twin.twin.statistics.intervals import (
    BatchMeans,
    Difference,
    Interval,
    QuantileInterval,
    batch_means,
    finite,
    half_width,
    interval,
    paired_difference,
    quantile_interval,
    unpaired_difference,
)
from aidc_twin.twin.statistics.selection import Selected, SelectionRule, Stage, select_best
from aidc_twin.twin.statistics.stopping import Stopped, StopRule, replicate_until
from aidc_twin.twin.statistics.student import t_cdf, t_quantile
from aidc_twin.twin.statistics.warmup import FOUND, NOT_FOUND, TOO_SHORT, WarmUp, mser5

__all__ = [
    "FOUND",
    "NOT_FOUND",
    "TOO_SHORT",
    "Bands",
    "BatchMeans",
    "Difference",
    "Interval",
    "QuantileInterval",
    "Selected",
    "SelectionRule",
    "Stage",
    "StopRule",
    "Stopped",
    "WarmUp",
    "bands",
    "batch_means",
    "finite",
    "half_width",
    "interval",
    "mser5",
    "paired_difference",
    "quantile_interval",
    "replicate_until",
    "select_best",
    "t_cdf",
    "t_quantile",
    "unpaired_difference",
]
