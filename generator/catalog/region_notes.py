"""What an account does not get because its Region lacks it, for ``build`` to say."""

from collections.abc import Iterator

from generator.catalog.environment_stacks import foundation_region
from generator.config.model import Configuration
from generator.config.rules.regions import BUDGET, lacks


def region_notes(config: Configuration) -> Iterator[str]:
    """A sentence for each account whose foundation is created without a budget, although one was wanted."""
    if config.platform.budget is None:
        return
    for account in sorted({env.account for env in config.environments.values()}):
        region = foundation_region(config, account)
        if lacks(BUDGET, region):
            yield (
                f"Note: account {account} gets no budget, because CloudFormation has no {BUDGET} in {region}. Create one in "
                "the Billing console, or write `budget: null`."
            )
