"""The demo's parts: the sandbox, and in this process the workspace, the bot's front and a worker, each in threads."""

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from bot.access import access, front_parts
from bot.demo import board as release_board
from bot.demo import environments, real_tasks
from bot.demo.cloud.snapshot import Cloud
from bot.demo.folder import Folder
from bot.settings import Settings
from bot.workspace.seed import Seed, default_seed
from bot.workspace.server import Workspace
from generator.config.read import read_configuration
from generator.errors import UsageError
from generator.release.log import Log
from generator.sandbox import process
from generator.wiring.adapters import Adapters, home_of
from generator.wiring.application import Application
from generator.wiring.composition import Options, compose

SPEED = 0.04  # of the time that AWS takes: a blue-green rollout takes about a minute
PORT = 8065


class DemoOptions(NamedTuple):
    """How a demo is started.

    ``port`` 0 is any. ``opened`` is called when the page answers, ``show`` with the progress of the setup.
    ``real`` runs the tasks of ``app`` as processes behind a real load balancer.
    """

    port: int = PORT
    fresh: bool = False
    speed: float = SPEED
    opened: Callable[[Workspace], None] = lambda _: None
    show: environments.Show = lambda _: None
    stopped: Callable[[], bool] = lambda: False
    real: bool = False


class Demo(NamedTuple):
    """A running demo."""

    workspace: Workspace
    application: Application
    log: Log
    versions: Mapping[str, str]
    resumed: bool
    control: process.Control
    board: release_board.Board = release_board.Board()
    tasks: real_tasks.RealTasks = real_tasks.RealTasks()

    @property
    def url(self) -> str:
        """The address of the page."""
        return self.workspace.url

    def short(self, name: str) -> str:
        """A version of the story as people write it."""
        return self.versions[name][:12]


@contextmanager
def running(folder: Folder, options: DemoOptions) -> Iterator[Demo]:
    """Run a demo while the context lasts.

    Raises:
        UsageError: another one is running, or the state of an earlier one can't be used.
        NotSetUpError: a stack could not be created.
        ConfigurationError: ``stacks/`` is wrong.
    """
    with contextlib.ExitStack() as parts:
        # A set-up that was stopped half-way left stacks half-made; beginning again is quicker than mending them.
        if (options.fresh or not folder.versions()) and process.find(folder.root) is None:
            folder.forget()
        folder.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        endpoint = _sandbox(parts, folder, options)
        cloud: list[Cloud] = []
        boards: list[release_board.Board] = []
        tasks: list[real_tasks.RealTasks] = []
        workspace = _workspace(parts, folder, options, cloud, boards, tasks)
        options.opened(workspace)
        application, root = _engine(folder, workspace.seed, endpoint)
        # A process does not end while the threads of its worker renew leases.
        parts.callback(application.close)
        versions = folder.versions()
        resumed = bool(versions)
        control = process.Control(endpoint.port)
        if resumed:
            environments.check(application)
        else:
            control.speed(0.0)
            versions = environments.bring_up(application, folder, workspace.seed, root.table, _unless(options)).ids
            folder.ready(versions)
        control.speed(options.speed)
        cloud.append(Cloud(application))
        parts.callback(cloud[0].close)
        _bot(parts, folder, workspace)
        home = home_of(read_configuration(folder.stacks))
        boards.append(
            parts.enter_context(release_board.running(folder.checkout, folder.root, folder.stacks, home, endpoint.url))
        )
        if options.real and application.tools is not None:
            config = read_configuration(folder.stacks)
            real = real_tasks.running(folder, endpoint, application.tools, config)
            tasks.append(parts.enter_context(real))
        log = Log(root.table, time.time)
        yield Demo(workspace, application, log, versions, resumed, control, boards[0], *tasks)


def _unless(options: DemoOptions) -> environments.Show:
    """Show the progress. If somebody has asked to stop, stop here."""

    def show(places: Sequence[environments.EnvironmentProgress]) -> None:
        if options.stopped():
            raise KeyboardInterrupt
        options.show(places)

    return show


def _sandbox(parts: contextlib.ExitStack, folder: Folder, demo: DemoOptions) -> process.Endpoint:
    try:
        options = process.Options(speed=0.0, fresh=demo.fresh, idle=0.0)
        return parts.enter_context(process.foreground(folder.root, options))
    except UsageError as error:
        if process.find(folder.root) is None:
            raise
        raise UsageError("a demo of this checkout is already running; use it, or stop it with Ctrl-C first") from error


def _workspace(  # noqa: PLR0913, PLR0917 - each page gets what it shows later
    parts: contextlib.ExitStack,
    folder: Folder,
    options: DemoOptions,
    cloud: list[Cloud],
    boards: list[release_board.Board],
    tasks: list[real_tasks.RealTasks],
) -> Workspace:
    from bot.demo import users_page
    from bot.demo.cloud.page import extension

    pages = (
        extension(lambda: cloud[0] if cloud else None),
        release_board.extension(lambda: boards[0] if boards else None),
        *([users_page.extension(lambda: tasks[0] if tasks else None)] if options.real else []),
    )
    try:
        seed = None if folder.workspace.exists() else default_seed()
        made = Workspace(seed, port=options.port, save_to=folder.workspace, pages=pages)
    except ValueError as error:
        raise UsageError(f"{folder.workspace} can't be read ({error}); start again with --fresh") from error
    made.start()
    parts.callback(made.stop)
    return made


def _engine(folder: Folder, seed: Seed, endpoint: process.Endpoint) -> tuple[Application, Adapters]:
    from generator.wiring.sandbox_identities import RootClouds

    if not folder.versions():
        folder.prepare(seed)
    application = compose(folder.stacks, Options(sandbox=True, person="ana"))
    home = home_of(read_configuration(folder.stacks))
    return application, Adapters(RootClouds(home, endpoint.url).session(home.account), home)


def _bot(parts: contextlib.ExitStack, folder: Folder, workspace: Workspace) -> None:
    from bot.web import BotFront
    from bot.worker import BotWorker

    settings = Settings(
        bot_token=workspace.bot_token,
        app_token=workspace.app_token,
        signing_secret=workspace.signing_secret,
        host="127.0.0.1",
        api_url=f"{workspace.url}/api/",
        root=folder.stacks,
    )
    environ: Mapping[str, str] = {}
    working = BotWorker(settings, access(folder.stacks, environ, "worker", sandbox=True))
    working.start()
    parts.callback(working.close)
    found = access(folder.stacks, environ, "web", sandbox=True)
    if found.slack is None:
        raise UsageError("the demo's platform.yaml has no slack section; start again with --fresh")
    web = BotFront(settings, front_parts(found, found.slack))
    web.start()
    parts.callback(web.close)
