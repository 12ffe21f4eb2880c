"""Address blocks: one a zone, inside the VPC, apart from each other. Blocks are two integers each."""

from collections.abc import Iterator

from generator.config.problems import Path
from templates.params.network import Network

Found = tuple[tuple[Path, ...], str, str]
Block = tuple[int, int]  # first address, prefix length
Taken = tuple[Path, Block, str]
_VPC: Path = ("network", "cidr")


def parse(cidr: str) -> Block | None:
    """The first address and the prefix length, or None for what is not an IPv4 block such as 10.0.0.1/16 or 1.2.3.400/8."""
    address, _, length = cidr.partition("/")
    octets = [int(part) for part in address.split(".")]
    prefix = int(length)
    if max(octets) > 255 or prefix > 32:
        return None
    first = octets[0] << 24 | octets[1] << 16 | octets[2] << 8 | octets[3]
    return None if first & ((1 << 32 - prefix) - 1) else (first, prefix)


def overlap(one: Block, other: Block) -> bool:
    """Whether two blocks share addresses: the shorter prefix is common to both."""
    shift = 32 - min(one[1], other[1])
    return one[0] >> shift == other[0] >> shift


def text(first: int, prefix: int) -> str:
    """``10.0.1.0/24`` of its numbers."""
    return ".".join(str(first >> shift & 255) for shift in (24, 16, 8, 0)) + f"/{prefix}"


def subnet_problems(net: Network) -> Iterator[Found]:
    """What is wrong with the VPC's block and the subnets in it, given or derived."""
    vpc = parse(net.cidr)
    if vpc is None:
        yield (_VPC,), f"{net.cidr} is not the first address of an IPv4 block", f"write {_nearest(net.cidr)}"
        return
    if not 16 <= vpc[1] <= 28:
        # Amazon VPC User Guide, VPC CIDR blocks.
        yield (_VPC,), f"{net.cidr} is not a size that a VPC takes", "write a block between /16 and /23"
        return
    lists = {"public_subnets": net.public_subnets, "private_subnets": net.private_subnets}
    missing = [name for name, blocks in lists.items() if not blocks]
    if missing and vpc[1] > 23:
        fix = f"write a block between /16 and /23, or write {' and '.join(missing)}"
        yield (_VPC, *(("network", name) for name in missing)), f"{net.cidr} is too small to cut subnets from", fix
        return
    taken: list[Taken] = []
    for offset, (name, blocks) in zip((1, 11), lists.items(), strict=True):
        if blocks and len(blocks) != net.zones:
            problem = f"has {len(blocks)} blocks for {net.zones} zones"
            yield (("network", name), ("network", "zones")), problem, "write one block a zone, or leave the list out"
        for index, cidr in enumerate(blocks):
            path: Path = ("network", name, index)
            if found := _block_problem(cidr, net.cidr, vpc):
                yield (path, _VPC), *found
            elif (block := parse(cidr)) is not None:
                taken.append((path, block, cidr))
        prefix = max(24, min(28, vpc[1] + 5))
        for index in range(0 if blocks else net.zones):
            first = vpc[0] + (offset + index << 32 - prefix)
            taken.append((("network", name), (first, prefix), text(first, prefix)))
    yield from _overlaps(taken)


def _block_problem(cidr: str, vpc_cidr: str, vpc: Block) -> tuple[str, str] | None:
    block = parse(cidr)
    if block is None:
        return f"{cidr} is not the first address of an IPv4 block", f"write {_nearest(cidr)}"
    if not 16 <= block[1] <= 28:
        return f"{cidr} is not a size that a subnet takes", "write a block between /16 and /28"
    if block[1] < vpc[1] or not overlap(vpc, block):
        return f"{cidr} lies outside the VPC's {vpc_cidr}", f"write a block inside {vpc_cidr}"
    return None


def _overlaps(taken: list[Taken]) -> Iterator[Found]:
    for index, (path, block, cidr) in enumerate(taken):
        for other_path, other, other_cidr in taken[:index]:
            if not overlap(block, other):
                continue
            # A derived block has no line of its own: the given one is named.
            if isinstance(path[-1], int):
                where = "" if isinstance(other_path[-1], int) else f", which {other_path[-1]} would get"
                yield (path, other_path), f"{cidr} overlaps {other_cidr}{where}", "write blocks that are apart"
            else:
                problem = f"{other_cidr} overlaps {cidr}, which {path[-1]} would get"
                yield (other_path, path), problem, f"write {path[-1]} too, or another block"


def _nearest(cidr: str) -> str:
    address, _, length = cidr.partition("/")
    octets = [min(int(part), 255) for part in address.split(".")]
    prefix = min(int(length), 28)
    first = octets[0] << 24 | octets[1] << 16 | octets[2] << 8 | octets[3]
    return text(first >> 32 - prefix << 32 - prefix, prefix)
