"""The extension points of this plugin."""

from collections.abc import Iterable

from dify_runtime_sdk import Runtime, hookspec
from dify_runtime_sdk.mail import MailBackend, MailTemplates


class MailHooks:
    """Back ends and templates."""

    @hookspec
    def mailers(self, runtime: Runtime) -> Iterable[MailBackend] | None:
        """Contribute back ends, one of which `MAIL_TYPE` selects; see `MailBackend`.

        When: once per boot, in phase finish, in every process. A name that is taken is an error.
        """

    @hookspec
    def mail_templates(self, runtime: Runtime) -> Iterable[MailTemplates] | None:
        """Contribute folders of templates; see `MailTemplates`.

        When: once per boot, in phase finish, in every process. A name that is taken is an error.
        """
