"""Command sequences by family.

A module named sequences_<family> with a list SEQUENCES is found by test_differential.
"""

import importlib
import pkgutil


def all_sequences():
    """(family, sequence) of every module in this package."""
    for module in sorted(found.name for found in pkgutil.iter_modules(__path__)):
        if module.startswith("sequences_"):
            for sequence in importlib.import_module(f"{__name__}.{module}").SEQUENCES:
                yield module.removeprefix("sequences_"), sequence
