"""Who may sign in, one's own password, and the lock of the window."""

from coresafe.ui.admin.locking import WindowLock
from coresafe.ui.admin.password_dialog import PasswordDialog

__all__ = ["PasswordDialog", "WindowLock"]
