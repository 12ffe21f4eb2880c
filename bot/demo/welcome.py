"""The first message of the demo: what this is and what to try, for somebody who has read nothing else."""

from slack_sdk import WebClient

from bot.blocks.message import Message, context, header, section
from bot.blocks.text import code
from bot.demo.folder import CHANNEL, ENVIRONMENT, SERVICE
from bot.demo.system import Demo
from bot.demo.versions import STORY


def welcome(demo: Demo) -> None:
    """Post and pin it, once."""
    workspace = demo.workspace
    if any(m.get("bot_id") for m in workspace.person("ana").messages(f"#{CHANNEL}")):
        return
    client = WebClient(token=workspace.bot_token, base_url=f"{workspace.url}/api/")
    channel = next(c.id for c in workspace.seed.channels if c.name == CHANNEL)
    message = first(demo)
    posted = client.chat_postMessage(channel=channel, text=message.text, blocks=message.rendered(), unfurl_links=False)
    client.pins_add(channel=channel, timestamp=str(posted["ts"]))


def first(demo: Demo) -> Message:
    """Four things to try, and the versions there are."""
    deploy, back = f"/deploy {SERVICE} {ENVIRONMENT}", f"/rollback {SERVICE} {ENVIRONMENT}"
    crashes, widens = (code(f"{deploy} {demo.short(name)}", 90) for name in ("crashes", "widens"))
    steps = [
        f"*1.* Type {code(deploy)} below and press Enter. Then choose *Ben* under “Act as”, press *Approve* on the card, and watch.",
        (
            f"*2.* Type {crashes} and let Ben approve. That version crashes; it is rolled back automatically, with the "
            "reason."
        ),
        f"*3.* Type {code(back)} to roll back a good version. One person is enough.",
        f"*4.* Type {widens}, which adds permissions: two approvals are needed. Gus is a guest and can't release.",
    ]
    published = [f"{code(demo.short(one.name))} {one.about}" for one in reversed(STORY)]
    return Message(
        "Welcome. Type /deploy app prod",
        [
            header("Welcome. Here you release to production"),
            section(
                "This Slack, its people and the AWS behind it live on your machine. Nothing that you do here "
                "leaves your machine. *The cloud*, at the left, shows what AWS does."
            ),
            section("\n".join(steps)),
            section("*Versions of app, newest first*\n" + "\n".join(published)),
            context(f"{code('/deploy help')} lists everything else."),
        ],
    )
