"""The one place that puts the board together: settings to everything that it stands on."""

import logging
import time
from typing import Any

from board.controllers.parts import Parts
from board.services.read_model import ReadModel
from board.services.visibility import mistakes
from board.settings import Settings, SettingsError
from board.stores.doors import door
from board.stores.release_log import ReleaseLog
from generator.aws.release_table import DynamoTable
from generator.aws.session import Session
from generator.catalog.release_facts import facts
from generator.config.read import read_configuration

_LOG = logging.getLogger("board")


def compose(settings: Settings) -> Parts:
    """Everything, over the platform's configuration and AWS.

    Raises:
        SettingsError: a setting does not fit the platform.
        ConfigurationError: the configuration in ``stacks/`` is wrong.
    """
    known = facts(read_configuration(settings.stacks))
    wrong = mistakes(known, settings.visible, settings.people)
    if wrong:
        raise SettingsError(wrong)
    if settings.access == "open":
        _LOG.warning("BOARD_ACCESS=open: everybody who reaches this port sees everything; for this machine only")
    if settings.access == "closed":
        _LOG.warning(
            "LOAD_BALANCER_ARN is not set: nobody is let in; give the service that people open a login, and this one "
            "`uses: { login: NAME }`"
        )
    log = model = None
    if settings.table:
        api = Session(settings.table_region).api("dynamodb")
        log = ReleaseLog(DynamoTable(api, settings.table), time.time)
        model = ReadModel(log, list(known.stacks), list(known.environments), time.time, settings.keep)
    else:
        _LOG.warning("RELEASE_TABLE is not set: there is no release log to show")
    return Parts(settings, known, door(settings, known), log=log, read_model=model, database=_database(settings))


def _database(settings: Settings) -> Any:
    """PostgreSQL, whose library is loaded where there is one."""
    if not settings.database:
        _LOG.warning("DATABASE_HOST is not set: notes, post-mortems and views are off")
        return None
    from board.stores.database import Database

    return Database(settings.database)
