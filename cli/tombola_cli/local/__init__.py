"""The room of the local stack: an emulator, what is deployed on it, and the demo's campaign."""
