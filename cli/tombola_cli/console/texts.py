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

# Activity
ACTIVITY: Final = "Activity {activity_id}"
MOVES: Final = {
    "submit": "Submit",
    "approve": "Approve",
    "refuse": "Refuse",
    "withdraw": "Withdraw",
    "close": "Close the activity",
    "open": "Open again",
}
MOVE_QUESTION: Final = "{move}: activity {activity_id}?"
REVEAL: Final = "Reveal the seed"
REVEALS: Final = "Publishes the seed, so that anybody can compute every result again. The activity never opens again."
NO_ACT: Final = "Nothing can be done with it in this state."
NOT_YET: Final = "The seed cannot be revealed yet: {why}"
CHANGED: Final = "The activity has changed since this page was made."
LOOK_AGAIN: Final = "Look again"
AWARDS: Final = "Awards and odds"
STOCK: Final = "Stock"
LOG: Final = "Log"
BROKEN: Final = "The log is broken at entry {number}: it was tampered with."
NEW_STOCK: Final = "Change the stock"
NEW_STOCK_TOLD: Final = "Write the units that there are to be in all, those won included."
STOCK_QUESTION: Final = "Change the stock of activity {activity_id}?"
STOCK_IN_FILE: Final = "Change its file as well: the next time it is applied, the stock is as the file says."
UNITS_IN_ALL: Final = "{name}: units in all"
NO_UNITS: Final = "{name}: write a whole number of units"
NO_CHANGE: Final = "No number is another than before."
UNWINNABLE: Final = "Award {award_id} cannot be won: {why}"

# Winners, orders, users, shipments
WINNERS: Final = "Winners"
USERS: Final = "Users"
SHIPMENTS: Final = "Shipments"
ORDER: Final = "Order {order_id}"
OF_ACTIVITY: Final = "Activity"
AWARD: Final = "Award"
STATE: Final = "State"
SINCE: Final = "Drawn from"
UNTIL: Final = "Drawn until"
MOMENT: Final = "A date, or a date and time, in the activity's time zone: 2027-03-01 18:30"
USER: Final = "User id"
SHOW: Final = "Show"
TURN: Final = "Through the list"
NEXT: Final = "Next page"
PREVIOUS: Final = "Previous page"
FIRST: Final = "First page"
CHOOSE_ACTIVITY: Final = "Choose an activity."
NO_SUCH_STATE: Final = "There is no state {state}: take one of {states}."
DOWNLOAD: Final = "Download all of them as CSV"
ROWS_WRITTEN: Final = "{rows:,} written …"
FILE_GONE: Final = "This file was fetched already, or it was not fetched in time. Ask for it on its page once more."
ORDERS_OF_USER: Final = "All draws of this user"
HISTORY: Final = "History"
NO_TIME: Final = "no time on record"
BY: Final = "by {who}"
NO_ORDER_ACT: Final = "There is nothing for an operator to do now."
RELEASE: Final = "Release"
RETRY: Final = "Retry"
VOID: Final = "Void"
VOID_OUTSIDE: Final = "Void: its provider issued none"
ASK_RELEASE: Final = "Hand this prize over?"
ASK_RETRY: Final = "Try to grant this prize again?"
ASK_VOID: Final = "Give this prize up, and its unit back to stock?"
ASK_VOID_OUTSIDE: Final = "Give this prize up? Only after you have asked its provider, and it has issued none."
CONTENT: Final = "Show what the winner got"
CONTENT_HINT: Final = "A line in this console's log says that you asked."
NO_CONTENT: Final = "Nothing yet: the prize is not handed over."
A_PARCEL: Final = "A parcel: its address is in the file of its batch alone."
DRAWS: Final = "Draws"
QUOTAS: Final = "Quotas"
BLOCKED: Final = "Blocked"
BLOCKED_IN: Final = "This user may not draw in these activities:"
NOT_BLOCKED: Final = "No activity blocks this user."
BLOCK_IN: Final = "Activity in which to block"
BLOCK: Final = "Block"
UNBLOCK: Final = "Unblock in {activity_id}"
ASK_BLOCK: Final = "Let this user draw in the activity no more?"
ASK_UNBLOCK: Final = "Let this user draw in activity {activity_id} again?"
FORGET: Final = "Forget"
FORGET_HINT: Final = (
    "Erases this user's draws, quotas, parcels, and who owns which code. Where something waits, nothing is erased."
)
ASK_FORGET: Final = "Forget this user?"
GIVE_UP: Final = "Give up prizes that are not handed over; their units go back to stock"
NOT_ISSUED: Final = "I have asked the provider: it issued none of the coupons given up"
WHILE_OPEN: Final = "Also where draws may go on: there the user can start anew"

# Apply a file
APPLY_FILE: Final = "Apply a file"
APPLY_TOLD: Final = (
    "A file in YAML says what is drawn, when, and at which odds. Drop it here: you see its mistakes, or what it would "
    "change, before anything is written."
)
SAMPLE: Final = "Download a sample file"
DROP: Final = "Drop a file here, or choose one"
NOT_TAKEN: Final = "The file was not taken: an activity file has {most} bytes at most."
TOO_LONG: Final = "{name}: an activity file has {most} bytes at most."
MISTAKES: Final = "Mistakes in the file: {count}. Nothing can be applied until they are mended."
APPLY: Final = "Apply"
APPLY_QUESTION: Final = "Apply {name} to activity {activity_id}?"
LOOK_AT: Final = "Look at activity {activity_id}"
SIMULATE: Final = "Simulate"
START: Final = "Start the simulation"
SIMULATED_DRAWS: Final = "Draws of all users together"
SIMULATED_USERS: Final = "Users who take turns"
PICTURE: Final = "Stock left and wins by award, over the simulated draws of activity {activity_id}"
FORECAST_LATE: Final = "The simulation did not end within {seconds} seconds: try fewer draws."
FORECAST_ENDED: Final = "The simulation ended without a result: is there enough memory for it?"
