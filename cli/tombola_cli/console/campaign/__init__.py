"""The parts that the pages of a campaign are made of."""
