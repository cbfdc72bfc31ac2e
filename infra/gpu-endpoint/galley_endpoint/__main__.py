"""`python -m galley_endpoint`: runs one host."""

import asyncio
import sys

from . import logs
from .server import serve
from .settings import Settings, SettingsError


def main() -> int:
    """Exits 0 after a drain, 2 if the environment is wrong."""
    try:
        settings = Settings.from_env()
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    logs.configure(settings.host_id)
    asyncio.run(serve(settings))
    return 0


if __name__ == "__main__":
    sys.exit(main())
