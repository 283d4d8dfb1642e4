"""Forms and their fields: one way to type, to be told what is wrong, to save and to leave.

    form = Form(title="New dispatch", save="Dispatch")
    driver = form.add("driver", HistoryField("Driver", search=workspace_search, required=True))
    form.submitted.connect(save)          # Ctrl+Enter or the button
    form.show_errors(validation_failed)   # each error at its field
"""

from coresafe.ui.forms.choices import Choice, ChoiceField, HistoryField
from coresafe.ui.forms.fields import Field, FlagField, MomentField, NotesField, PasswordField, PickField, QuantityField, TextField
from coresafe.ui.forms.form import Form

__all__ = [
    "Choice",
    "ChoiceField",
    "Field",
    "FlagField",
    "Form",
    "HistoryField",
    "MomentField",
    "NotesField",
    "PasswordField",
    "PickField",
    "QuantityField",
    "TextField",
]
