"""Signs the heads of the chains that never close: one for each environment, with its locks and freezes.

A chain is signed right after each of its entries. What failed then, or what a worker that died left behind, is signed
by the next worker that checks: each of them compares the ends of these chains with what it knows to be signed, in turn
(:mod:`generator.release.chores`).
"""

from collections.abc import Callable, Iterator
from functools import partial

from generator.release.chores import Chore
from generator.release.context import Context
from generator.release.errors import ReleaseError

# A chain that is longer without a signed head has a fault (``audit verify``), in seconds.
SEALED_WITHIN = 900.0


def environment_chain(environment: str) -> str:
    """The chain of an environment's locks and freezes."""
    return f"env/{environment}"


class ChainSeals:
    """One worker's part of the signing. ``failed`` is called with each head that could not be signed."""

    def __init__(self, context: Context, failed: Callable[[str], None]) -> None:
        self._context = context
        self._failed = failed
        self._sealed: dict[str, int] = {}

    def seal(self, environment: str) -> bool:
        """Sign the head of an environment's chain, unless it is known to be signed.

        Returns whether it is signed now.
        """
        context, chain = self._context, environment_chain(environment)
        try:
            head = context.log.head(chain)
            if head.number > self._sealed.get(chain, 0):
                context.seal.seal(chain, head.number, head.hash, context.clock())
                self._sealed[chain] = head.number
        except ReleaseError as error:
            self._failed(f"the audit chain {chain} could not be signed: {error}; it is tried again within a minute")
            return False
        return True

    def chores(self) -> Iterator[Chore]:
        """For each environment, a chore that signs what is not signed yet."""
        for environment in self._context.facts.environments:
            yield partial(self.seal, environment)
