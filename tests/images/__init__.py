"""Builds the images of bot and board for real: Debian's buildah over a base of debootstrap, without a daemon or a registry."""
