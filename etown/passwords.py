"""New passwords: whoever had the old one is signed out."""

from typing import Any

from django.contrib.admin.forms import AdminPasswordChangeForm as OwnForm
from django.contrib.auth.forms import AdminPasswordChangeForm as OthersForm

from etown import sessions


class EndsSessions:
    """Ends all sessions of the account; Django gives whoever changes the own password a new one."""

    def save(self, commit: bool = True) -> Any:
        account = super().save(commit)
        if commit:
            sessions.end_sessions(account)
        return account


class NewOwnPasswordForm(EndsSessions, OwnForm):
    pass


class NewPasswordForm(EndsSessions, OthersForm):
    pass
