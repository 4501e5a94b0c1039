"""The providers of your own award types: docs/award-types.md says how to add one. Tombola itself puts none here."""
