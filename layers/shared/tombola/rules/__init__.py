"""Pure decisions: no clock, no chance, no environment, no AWS."""
