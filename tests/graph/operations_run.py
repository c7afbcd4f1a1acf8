"""A run of operations made at random: how many, from which seed, and what was asked."""

import os
import secrets

OPERATIONS = int(os.environ.get("OPERATIONS", "300"))
SEED = int(os.environ.get("OPERATIONS_SEED", "1" if os.environ.get("CI") else secrets.randbelow(2**32)))
ASKED: set[str] = set()
"""The documents so far."""
