"""Address blocks: one a zone, inside the VPC, apart from each other. Integers, since `ipaddress` costs an import."""

from collections.abc import Iterator

from generator.config.problems import Path
from templates.params.network import Network

Found = tuple[tuple[Path, ...], str, str]
Block = tuple[int, int]  # first address, prefix length


def parse(cidr: str) -> Block | None:
    """The first address and the prefix length, or None for what is no IPv4 block such as 10.0.0.1/16 or 1.2.3.400/8."""
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
    top: Path = ("network", "cidr")
    vpc = parse(net.cidr)
    if vpc is None or not 16 <= vpc[1] <= 28:
        # Amazon VPC User Guide, VPC CIDR blocks.
        problem = (
            f"{net.cidr} is not the first address of an IPv4 block"
            if vpc is None
            else f"{net.cidr} is not a size that a VPC takes"
        )
        yield (top,), problem, "write a block between /16 and /23, for example 10.0.0.0/16"
        return
    lists = {"public_subnets": net.public_subnets, "private_subnets": net.private_subnets}
    missing = [name for name, blocks in lists.items() if not blocks]
    if missing and vpc[1] > 23:
        fix = f"write a block between /16 and /23, or write {' and '.join(missing)}"
        yield (top, *(("network", name) for name in missing)), f"{net.cidr} is too small to cut subnets from", fix
        return
    taken: list[tuple[Path, Block, str]] = []
    for offset, (name, blocks) in zip((1, 11), lists.items(), strict=True):
        if blocks and len(blocks) != net.zones:
            problem = f"has {len(blocks)} blocks for {net.zones} zones"
            yield (("network", name), ("network", "zones")), problem, "write one block a zone, or leave the list out"
        for index, cidr in enumerate(blocks):
            path: Path = ("network", name, index)
            block = parse(cidr)
            if block is None:
                yield (path,), f"{cidr} is not the first address of an IPv4 block", f"write {_nearest(cidr)}"
            elif not 16 <= block[1] <= 28:
                yield (path,), f"{cidr} is not a size that a subnet takes", "write a block between /16 and /28"
            elif block[1] < vpc[1] or not overlap(vpc, block):
                yield (path, top), f"{cidr} lies outside the VPC's {net.cidr}", f"write a block inside {net.cidr}"
            else:
                taken.append((path, block, cidr))
        if not blocks:
            prefix = max(24, min(28, vpc[1] + 5))
            for index in range(net.zones):
                first = vpc[0] + (offset + index << 32 - prefix)
                taken.append((("network", name), (first, prefix), text(first, prefix)))
    for index, (path, block, cidr) in enumerate(taken):
        for other_path, other, other_cidr in taken[:index]:
            if overlap(block, other):
                # A derived block has no line of its own: the given one is named.
                given, rest = (path, other_path) if isinstance(path[-1], int) else (other_path, path)
                mine, theirs = (cidr, other_cidr) if given is path else (other_cidr, cidr)
                where = "" if isinstance(rest[-1], int) else f", derived for {rest[1]}"
                yield (given, rest), f"{mine} overlaps {theirs}{where}", "write blocks that are apart"


def _nearest(cidr: str) -> str:
    address, _, length = cidr.partition("/")
    octets = [min(int(part), 255) for part in address.split(".")]
    prefix = min(int(length), 28)
    first = octets[0] << 24 | octets[1] << 16 | octets[2] << 8 | octets[3]
    return text(first >> 32 - prefix << 32 - prefix, prefix)
