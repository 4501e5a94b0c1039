"""The room that reads a command line, calls, and prints: one module a group of commands. Only here is typer known."""
