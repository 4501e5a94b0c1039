"""The room that shows things, to people, to pipes and as JSON. Only here is rich known."""
