"""The sandbox's server: calls in AWS's protocols, who answers them, faults on request, and what outlives a restart."""
