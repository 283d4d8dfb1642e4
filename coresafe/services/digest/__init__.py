"""The day's digest: one e-mail with everything overdue, grouped by company; nothing is said twice a day."""

from coresafe.services.digest.mailing import Mail, mail_of, send
from coresafe.services.digest.message import message_of
from coresafe.services.digest.notifying import Notice, look, notify

__all__ = ["Mail", "Notice", "look", "mail_of", "message_of", "notify", "send"]
