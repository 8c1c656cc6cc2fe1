"""The declaration of the plugin that serves app files: `dify-runtime serve app.yml more/ --watch`."""

from typing import TYPE_CHECKING, ClassVar

from dify_runtime_sdk import Plugin, Role, Runtime, ServeArguments, ServeOption, hookimpl

from .settings import AppFilesSettings

if TYPE_CHECKING:
    from .library.served import ServedFiles


class AppFilesPlugin(Plugin):
    """App files become apps at start, and again when they change."""

    requires = ("apps", "accounts")
    after = ("models",)
    roles: ClassVar[frozenset[Role]] = frozenset({"api"})
    settings = AppFilesSettings
    serve_arguments = ServeArguments("APP", "APP_FILES", "App files, and folders of them, to serve. [APP_FILES]")
    serve_options = (
        ServeOption("--watch", "APP_FILES_WATCH", "Apply app files again when they change.", flag_value="true"),
    )

    def __init__(self) -> None:
        self._files: ServedFiles | None = None
        self._embedded = False

    async def start(self, runtime: Runtime) -> None:
        """Apply the files; in production a file that cannot be used keeps this plugin from starting."""
        settings = runtime.settings(AppFilesSettings)
        if not settings.APP_FILES:
            return
        from .library.served import ServedFiles
        from .library.workplace import workplace

        self._embedded = runtime.embedded
        self._files = ServedFiles(await workplace(runtime), settings.APP_FILES)
        await self._files.apply_all(strict=not runtime.embedded)
        if settings.APP_FILES_WATCH:
            runtime.spawn(self._files.keep_watching(), name="watch app files")

    @hookimpl
    def banner(self) -> list[str]:
        """Say how the apps are called; keys are shown where everything is in one process, for one user."""
        return [] if self._files is None else self._files.lines(with_keys=self._embedded)
