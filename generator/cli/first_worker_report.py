"""What ``bootstrap`` and ``apply`` say of the first worker, and what they do about its right."""

from pathlib import Path
from typing import TYPE_CHECKING

from generator.apply import first_worker, prerequisites
from generator.cli.output import Output
from generator.release.errors import ReleaseError
from generator.wiring.application import Application
from generator.wiring.built_platform import BuiltPlatform, build_platform

if TYPE_CHECKING:
    from generator.apply.administrator import Administrator


def close_first_worker(application: Application, folder: Path, out: Output) -> None:
    """Take the right away, since the bot's worker runs now; ``folder`` is where the platform is built."""
    if application.work is None or application.tools is None or application.may_act_for_others:
        return
    try:
        platform = build_platform(application, folder)
        admin = prerequisites.administrator(platform, application.pace)
        home = prerequisites.administrator_stack(platform, prerequisites.HOME_STACK)
        if first_worker.close(platform, admin, home):
            role = f"{application.facts.name}-worker"
            out.progress(f"The bot's worker runs: the right to run the first worker as {role} is closed.")
    except ReleaseError as error:
        out.error(
            f"the bot's worker runs, but home could not be changed with your credentials: {error}\n"
            "take the right to run the first worker away with: slipway bootstrap ACCOUNT"
        )


def say_who_runs_it(application: Application, platform: BuiltPlatform, admin: "Administrator", out: Output) -> None:
    """Say who may run the first worker and what comes next, and wait until IAM lets them."""
    if application.may_act_for_others:
        out.progress(f"Next: {application.command_line('apply ENV')}")
        return
    home = prerequisites.administrator_stack(platform, prerequisites.HOME_STACK)
    out.progress(first_worker.told(platform, admin, home, application.command_line))
    sts = platform.tools.calls("sts", home.account, home.region)
    found = admin.stack(home)
    if found is None or first_worker.named(found.parameters) != first_worker.caller(sts).id:
        return
    role = str(found.outputs["WorkerRoleArn"])
    if not first_worker.wait(sts, role, lambda seconds: application.sleep(seconds * application.pace), out.progress):
        out.progress(f"IAM does not let you assume {role} yet; give yourself sts:AssumeRole on it, or wait a minute")
