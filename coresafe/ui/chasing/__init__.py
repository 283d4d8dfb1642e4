"""Working what is overdue: the forms that note a call and give a later due date, opened from dispatches and from accounts."""

from coresafe.ui.chasing.forms import Chased, ChaseForm, ExtendForm

__all__ = ["ChaseForm", "Chased", "ExtendForm"]
