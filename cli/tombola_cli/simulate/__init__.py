"""The room that tells what a campaign will do before it runs, and draws it."""
