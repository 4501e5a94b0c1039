"""The room of SAM's own tools: building the functions, and running one as Lambda would."""
