"""Address arithmetic agrees with the standard library, and what passes the checks makes a valid network."""

from ipaddress import IPv4Network
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from generator.catalog.environment_stacks import subnets
from generator.config.model import Environment
from generator.config.rules.fargate_sizes import memory_problem
from generator.config.rules.subnets import overlap, parse, subnet_problems, text
from templates.params.network import Network

blocks = st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 32)).map(
    lambda pair: (pair[0] >> 32 - pair[1] << 32 - pair[1], pair[1])
)
near = st.tuples(st.integers(0, 63), st.integers(22, 28)).map(lambda p: text(10 << 24 | p[0] << 32 - p[1], p[1]))


@given(blocks, blocks)
def test_overlaps_agree_with_the_standard_library(one: tuple[int, int], other: tuple[int, int]) -> None:
    """Two blocks share addresses exactly if the standard library says so."""
    assert overlap(one, other) == IPv4Network(text(*one)).overlaps(IPv4Network(text(*other)))
    assert parse(text(*one)) == one


@given(st.tuples(*[st.integers(0, 300)] * 4), st.integers(0, 40))
def test_only_the_first_address_of_a_block_is_a_block(octets: tuple[int, ...], prefix: int) -> None:
    """What the standard library refuses is refused here."""
    cidr = ".".join(map(str, octets)) + f"/{prefix}"
    try:
        valid = bool(IPv4Network(cidr))
    except ValueError:
        valid = False
    assert (parse(cidr) is not None) == valid


@given(
    st.builds(
        Network,
        cidr=st.sampled_from(
            ["10.0.0.0/16", "10.0.0.0/20", "10.0.0.0/22", "10.0.0.0/23", "10.0.0.0/24", "10.0.0.0/26"]
        ),
        zones=st.integers(2, 3),
        public_subnets=st.lists(near, max_size=3).map(tuple),
        private_subnets=st.lists(near, max_size=3).map(tuple),
    )
)
def test_what_passes_makes_a_valid_network(network: Network) -> None:
    """Subnets that are accepted, given or derived, lie in the VPC, apart from each other, one a zone."""
    if any(subnet_problems(network)):
        return
    env = Environment(account="1", region="eu-west-1", domain="a.b", network=network)
    public, private = subnets(env)
    assert len(public) == len(private) == network.zones
    nets = [IPv4Network(cidr) for cidr in (*public, *private)]
    assert all(net.subnet_of(IPv4Network(network.cidr)) for net in nets)
    assert not any(a.overlaps(b) for i, a in enumerate(nets) for b in nets[:i])


def test_fargate_sizes_are_those_of_the_documentation() -> None:
    """Every pair that AWS lists is taken, and the neighbours of its limits are not."""
    valid = {
        256: [512, 1024, 2048],
        512: range(1024, 4097, 1024),
        1024: range(2048, 8193, 1024),
        2048: range(4096, 16385, 1024),
        4096: range(8192, 30721, 1024),
        8192: range(16384, 61441, 4096),
        16384: range(32768, 122881, 8192),
    }
    for cpu, sizes in valid.items():
        for memory in range(256, 131073, 256):
            assert (memory_problem(cpu, memory) is None) == (memory in sizes), (cpu, memory)


def test_shipped_subnets_are_the_derived_ones() -> None:
    """The blocks that prod writes out are those it would get without."""
    from generator.config.read import read_configuration

    prod = read_configuration(Path(__file__).parents[3] / "stacks").environments["prod"]
    bare = Environment(account=prod.account, region=prod.region, domain=prod.domain)
    assert subnets(prod) == subnets(bare)
