"""The error for an unsuccessful response of Slack: its meaning, and the fix."""

from __future__ import annotations

from drift.reporters.http.receiver import Receiver, Response
from drift.reporters.http.retries import RequestError, RetryableError
from drift.reporters.http.waiting import retry_after

_EXPIRED = "the token is not valid any more; install the app again, and store its bot token"
_INVITE = "the app is not in the channel; type /invite @APP there"
_CHANNEL = "check slack.channel; into a private channel, invite the app first"
_HOOK = "the incoming webhook does not exist any more; create another one"
_WORKSPACE = "an administrator of the workspace has to allow it"
_HINTS = {
    "account_inactive": _EXPIRED,
    "invalid_auth": _EXPIRED,
    "not_authed": _EXPIRED,
    "token_expired": _EXPIRED,
    "token_revoked": _EXPIRED,
    "not_allowed_token_type": "this is no bot token; use the one that begins with xoxb-",
    "missing_scope": "the app lacks the scope {needed}; add it, and install the app again",
    "no_permission": "the app lacks a scope; add chat:write, and install the app again",
    "not_in_channel": _INVITE,
    "channel_not_found": f"there is no such channel for this app; {_CHANNEL}",
    "is_archived": "the channel is archived; unarchive it, or set another slack.channel",
    "channel_is_archived": "the channel is archived; unarchive it, or use another webhook",
    "restricted_action": f"the workspace does not let apps post in this channel; {_WORKSPACE}",
    "restricted_action_read_only_channel": "the channel is read-only; set another slack.channel",
    "action_prohibited": f"the workspace does not let apps post in this channel; {_WORKSPACE}",
    "ekm_access_denied": f"posting is suspended; {_WORKSPACE}",
    "team_access_not_granted": f"the app may not act in this workspace; {_WORKSPACE}",
    "access_denied": f"the app may not do this; {_WORKSPACE}",
    "accesslimited": f"the workspace does not accept requests from here; {_WORKSPACE}",
    "no_service": _HOOK,
    "no_service_id": _HOOK,
    "no_active_hooks": _HOOK,
    "no_team": _HOOK,
    "team_disabled": _HOOK,
    "invalid_token": _HOOK,
}
_LATER = frozenset(
    "fatal_error internal_error ratelimited rate_limited request_timeout rollup_error "
    "service_unavailable team_added_to_org".split()
)
GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})
"""Errors of a message that was deleted, or that cannot be changed any more."""

_LIMITED = 30.0
"""Seconds to wait if Slack limits requests and does not say for how long."""


class SlackError(RequestError):
    """Slack answered with an error; `code` is its word for it."""

    def __init__(self, message: str, status: int, code: str) -> None:
        super().__init__(message, status)
        self.code = code


def failure(
    response: Response, receiver: Receiver, code: str, now: float, needed: str = ""
) -> RequestError:
    """Return the error for a response; `code` is Slack's word, `needed` a scope that is missing."""
    status = response.status
    if status == 429 or code in {"ratelimited", "rate_limited"}:
        wait = retry_after(response, now)
        wait = _LIMITED if wait is None else wait
        message = f"{receiver.host} limits the requests of this app; retry after {wait:.0f} s"
        return RetryableError(message, status, wait=wait, unclear=False)
    words = receiver.quoted(code)
    answered = f"{receiver.host} answered {words or status}"
    if status >= 500 or code in _LATER:
        return RetryableError(f"{answered}; retry later", status, unclear=True)
    hint = _HINTS.get(code, "see the methods chat.postMessage and chat.update in Slack's reference")
    hint = hint.format(needed=receiver.quoted(needed) or "that this needs")
    return SlackError(f"{answered}: {hint}", status, code)
