"""The room console: the same work in a browser, on pages that are served on the operator's own machine."""
