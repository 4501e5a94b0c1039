"""Where this repository is, and which of its files the command begins with."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
# Lottery's, and the activities that its sample tree leads to.
SAMPLE_ACTIVITIES = tuple(sorted((ROOT / "activities").glob("*.yaml")))
