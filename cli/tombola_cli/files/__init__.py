"""The room of the files that people write: activities and rule trees, and where this repository has its own."""
