"""Forms: fields that keep what was typed and say what is wrong with it, at their place."""

from coresafe.ui.forms.choices import CheckField, ChoiceField, HistoryField, SelectField
from coresafe.ui.forms.comparison import Comparison, Difference
from coresafe.ui.forms.field import Field
from coresafe.ui.forms.file import FileField
from coresafe.ui.forms.form import Form, narrow
from coresafe.ui.forms.measures import DayField, NumberField
from coresafe.ui.forms.moments import DateField, DateTimeField
from coresafe.ui.forms.password import NewPasswordField, PasswordField
from coresafe.ui.forms.quantity import QuantityField
from coresafe.ui.forms.suggestions import Choice, Search
from coresafe.ui.forms.texts import NotesField, TextField

__all__ = [
    "CheckField",
    "Choice",
    "ChoiceField",
    "Comparison",
    "DateField",
    "DateTimeField",
    "DayField",
    "Difference",
    "Field",
    "FileField",
    "Form",
    "HistoryField",
    "NewPasswordField",
    "NotesField",
    "NumberField",
    "PasswordField",
    "QuantityField",
    "Search",
    "SelectField",
    "TextField",
    "narrow",
]
