"""The room of the local stack: an emulator, the stack on it, and the demo's campaign."""
