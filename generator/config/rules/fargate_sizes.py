"""Which CPU and memory sizes Fargate takes together (Amazon ECS Developer Guide, Task definition parameters)."""

# CPU units to memory in MiB: from, to, in steps of.
_SIZES = {
    256: (512, 2048, 0),
    512: (1024, 4096, 1024),
    1024: (2048, 8192, 1024),
    2048: (4096, 16384, 1024),
    4096: (8192, 30720, 1024),
    8192: (16384, 61440, 4096),
    16384: (32768, 122880, 8192),
}


def memory_problem(cpu: int, memory: int) -> tuple[str, str] | None:
    """What is wrong with a pair of CPU units and MiB, and which memory sizes that CPU takes; None if nothing is."""
    low, high, step = _SIZES[cpu]
    if step == 0:
        valid = memory in {512, 1024, 2048}
        sizes = "512, 1024 or 2048"
    else:
        valid = low <= memory <= high and memory % step == 0
        sizes = f"{low} to {high} in steps of {step}"
    if valid:
        return None
    fits = [
        c
        for c, (a, b, s) in _SIZES.items()
        if a <= memory <= b and (memory % s == 0 if s else memory in {512, 1024, 2048})
    ]
    other = f", or cpu {' or '.join(map(str, fits))}" if fits else ""
    return f"Fargate has no task of cpu {cpu} with memory {memory}", f"write memory {sizes}{other}"
