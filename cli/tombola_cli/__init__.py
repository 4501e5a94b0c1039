"""The tombola command: the local stack, and what an operator does with any stack."""
