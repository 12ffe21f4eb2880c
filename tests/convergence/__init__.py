"""Whether an environment becomes what a configuration says, whatever it was before."""
