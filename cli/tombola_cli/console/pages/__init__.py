"""One page a file; each says at which path it stands."""
