"""The texts of the console, all of them, in English."""

from typing import Final

TITLE: Final = "Tombola"
DARK: Final = "Light or dark"
MENU: Final = "Menu"
NAVIGATION: Final = "Pages"
WHERE: Final = "{stack} as {who}"
LOCAL: Final = "local stack"

DOOR_ELSEWHERE: Final = "This console answers only to pages of its own."
DOOR_UNKNOWN: Final = "This browser is not known here. Open the address that tombola console printed."
DOOR_USED: Final = "This address was used already. End tombola console with Ctrl-C and start it again."

# What an operator does.
CANCEL: Final = "Cancel"
CLOSE: Final = "Close"
WHY: Final = "Why (it goes on record)"
WHY_MISSING: Final = "Say why: it goes on record."
SAME_COMMAND: Final = "The same from a terminal"
NO_WAY_BACK: Final = "This cannot be undone."
LOOKING: Final = "Looking …"
WORKING: Final = "Working …"
LACKS_RIGHT: Final = "{label}: not allowed, you lack {right}"
NOT_ALLOWED: Final = "You lack {right}."
GONE: Final = "The stack does not answer: {words}"
CHOOSE: Final = "Choose this row"
NOTHING: Final = "Nothing here."

# Overview
OVERVIEW: Final = "Overview"
WAITING: Final = "What waits"
WAITS: Final = {
    "parked": "parked",
    "by_hand": "by hand",
    "unclaimed": "to be claimed, or without an address",
    "due": "due now",
    "unreadable": "unreadable",
}
NOTHING_WAITS: Final = "nothing"
ALARMS: Final = "Alarms"
NO_ALARMS: Final = "The local stack has none."
NO_ACTIVITY: Final = "No activity yet: apply a file."
AS_OF: Final = "As of {at:%H:%M:%S} UTC"
STALE: Final = "{trouble} Shown is how it was before."
OTHERS: Final = "Other activities"
WINS: Final = "wins: {wins}"
DRAWS_AND: Final = "draws: {draws}, {wins}"
BEGINS_IN: Final = "begins in {span}"
ENDS_IN: Final = "{span} left"
OVER: Final = "is over"
LEFT_OF: Final = "left of {name}"
OF: Final = "{left} of {units} left"
CAPPED: Final = "draws of all users"
MORE_STOCK: Final = "and {more} more"
