"""Changes JSON as JSON: bytes that are changed blindly are hardly ever JSON again, and the readers behind it see nothing."""

import copy
import json
import random
from collections.abc import Callable, Iterator
from typing import Any

# What readers of templates, requests and payloads look for.
WORDS = (
    "Ref", "Fn::If", "Fn::Sub", "Fn::GetAtt", "Fn::Join", "Fn::Split", "Fn::Select", "Fn::Base64", "Fn::ImportValue",
    "Fn::Transform", "Fn::FindInMap", "AWS::NoValue", "AWS::Region", "Resources", "Parameters", "Conditions", "Mappings",
    "Properties", "Type", "DependsOn", "DeletionPolicy", "Condition", "Statement", "Effect", "Allow", "Deny", "Action",
    "NotAction", "Resource", "NotResource", "Principal", "AWS::IAM::Role", "AWS::IAM::Policy", "AWS::EC2::SecurityGroup",
    "AWS::ECS::TaskDefinition", "AWS::S3::BucketPolicy", "iam:PassRole", "*", "arn:aws:iam::1:role/a", "0.0.0.0/0",
    "{{resolve:ssm:a}}", "{{resolve:secretsmanager:a}}", "${A}", "request", "type", "id", "actor", "act", "user", "actions",
    "value", "channel", "view", "blocks", "text", "\u202e\x1b[2J", "",
)  # fmt: skip
SCALARS: tuple[Any, ...] = (None, True, False, 0, -1, 2**63, 1e308, 0.5, [], {}, [[]], *WORDS)
Slot = tuple[Any, Any]  # a list or an object, and the place in it


def mutated(data: bytes, most: int, seed: int, blindly: Callable[[bytes, int], bytes]) -> bytes:
    """Another input of at most ``most`` bytes, made of this one; ``blindly`` changes what is no JSON, and some of the rest."""
    dice = random.Random(seed)  # noqa: S311 - a seed of libFuzzer's
    try:
        tree = [json.loads(data)]
    except (ValueError, RecursionError):
        return blindly(data, most)
    if dice.random() < 0.1:
        return blindly(data, most)
    for _ in range(dice.choice((1, 1, 2, 5))):
        _changed(tree, dice)
    try:
        found = json.dumps(tree[0], ensure_ascii=dice.random() < 0.5).encode(errors="replace")
    except (ValueError, RecursionError):
        return data[:most]
    return found if len(found) <= most else data[:most]


def slots(tree: Any) -> Iterator[Slot]:
    """Every place of a tree that holds a value."""
    todo = [tree]
    while todo:
        node = todo.pop()
        for place in list(node) if isinstance(node, dict) else range(len(node)):
            yield node, place
            if isinstance(node[place], dict | list):
                todo.append(node[place])


def _changed(tree: list[Any], dice: random.Random) -> None:
    places = list(slots(tree))
    if not places:
        return
    holder, place = dice.choice(places)
    other = dice.choice(places)
    match dice.randrange(7):
        case 0:
            holder[place] = copy.deepcopy(dice.choice(SCALARS))  # the next change may put something into it
        case 1:
            holder[place] = json.loads(json.dumps(other[0][other[1]]))
        case 2:
            holder[place] = {dice.choice(WORDS): holder[place]}
        case 3:
            holder[place] = [holder[place]] * dice.choice((1, 2, 3))
        case 4 if isinstance(holder, dict):
            holder[dice.choice(WORDS)] = holder.pop(place)
        case 5 if holder is not tree:
            del holder[place]
        case _:
            if isinstance(holder, dict):
                holder[dice.choice(WORDS)] = json.loads(json.dumps(other[0][other[1]]))
            else:
                holder.append(copy.deepcopy(dice.choice(SCALARS)))
