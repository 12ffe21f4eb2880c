"""An environment in order: what comes next, what must exist first, and what changed behind our back."""
