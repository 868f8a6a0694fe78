"""What a threshold may be, said beside it in its `Thresholds`; anything else is refused when read.

A figure that no room can ever reach would silence its rule without a word, and one that every room
reaches would make it speak of all. Other figures are 0 or more.
"""

from collections.abc import Mapping
from typing import Annotated, Final, TypeAlias

from msgspec import Meta

CLOSE_MINUTES: Final = 15
"""Where no rules file says otherwise, a session closes so long after its end."""

Count: TypeAlias = Annotated[int, Meta(ge=1)]
"""Of people, tries or sessions, or a window's length: with none it holds always, or never."""
Several: TypeAlias = Annotated[int, Meta(ge=2)]
"""What is compared with one another."""
Part: TypeAlias = Annotated[float, Meta(ge=0, le=1)]
"""Of a whole: 40 for 40 % is a mistake."""
Chance: TypeAlias = Annotated[float, Meta(gt=0, le=1)]
"""That what was seen is chance: never 0."""
Divisor: TypeAlias = Annotated[float, Meta(gt=0)]
"""What is measured in units of it."""
Order: TypeAlias = Mapping[str, str]
"""`AT_MOST` of a rule's `Thresholds`: each figure is at most the one that is named for it. Else it
would be over before it began, or ask for more than it looks at."""
