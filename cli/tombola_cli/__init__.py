"""The tombola command: the local stack, and an operator's work with any stack."""
