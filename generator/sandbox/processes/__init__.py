"""Tasks that are real processes of this machine: `kind: process` of an image."""
