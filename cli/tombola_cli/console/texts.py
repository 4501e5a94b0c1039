"""The texts of the console, all of them, in English."""

from typing import Final

TITLE: Final = "Tombola"
DARK: Final = "Light or dark"
NAVIGATION: Final = "Pages"
WHERE: Final = "{stack} as {who}"

DOOR_ELSEWHERE: Final = "This console answers only to pages of its own."
DOOR_UNKNOWN: Final = "This browser is not known here. Open the address that tombola console printed."
DOOR_TOO_LARGE: Final = "This is more than a page of this console sends."
DOOR_USED: Final = "This address was used already. End tombola console with Ctrl-C and start it again."

# What an operator does.
CANCEL: Final = "Cancel"
CLOSE: Final = "Close"
WHY: Final = "Why (optional; it goes on record)"
WHY_NEEDED: Final = "Why (it goes on record)"
WHY_MISSING: Final = "Say why: it goes on record."
SAME_COMMAND: Final = "The same from a terminal"
NO_WAY_BACK: Final = "This cannot be undone."
LOOKING: Final = "Looking …"
WORKING: Final = "Working …"
LACKS_RIGHT: Final = "{label}: not allowed, you lack {right}"
NOT_ALLOWED: Final = "You lack {right}."
GONE: Final = "The stack does not answer: {words}"
CHOOSE: Final = "Choose this row"
CHOOSE_ALL: Final = "Choose all rows shown"
NOTHING: Final = "Nothing here."

# Overview
OVERVIEW: Final = "Overview"
WAITING: Final = "Prizes that wait"
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
AS_OF: Final = "As of {at:%H:%M:%S %Z}"
STALE: Final = "{trouble} The figures are those of before."
OTHERS: Final = "Other activities"
WINS: Final = "wins: {wins}"
DRAWS_AND: Final = "draws: {draws}, {wins}"
BEGINS_IN: Final = "begins in {span}"
ENDS_IN: Final = "{span} left"
OVER: Final = "is over"
UNAPPROVED: Final = {
    "EDIT": "a draft: nobody can draw before it is submitted and approved",
    "ARRAIGNMENT": "waits for approval: nobody can draw",
    "REFUSE": "refused: nobody can draw",
}
UNKNOWN: Final = "unknown"
COUNTING_WINS: Final = "counting …"
LEFT_OF: Final = "left of {name}"
OF: Final = "{left} of {units} left"
CAPPED: Final = "draws of all users"
MORE_STOCK: Final = "and {more} more"

# Activity
ACTIVITY: Final = "Activity {activity_id}"
TO_THE_WHEEL: Final = "The page on which users draw it, on this machine"
USERS_DRAW: Final = "Users draw on your own site. Whoever builds it finds out how in docs/wheel.md of Tombola."
MOVES: Final = {
    "submit": "Submit",
    "approve": "Approve",
    "refuse": "Refuse",
    "withdraw": "Withdraw",
    "close": "Close the activity",
    "open": "Open again",
}
MOVE_TOLD: Final = {
    "submit": "It waits for approval then, and changes no more. Nobody can draw.",
    "approve": "Its odds stand then. It starts by itself within a minute, once its window has begun.",
    "refuse": "It is not run. Somebody can withdraw and change it.",
    "withdraw": "It is a draft again, and can be changed.",
    "close": "Nobody can draw any more. It can be opened again until its seed is revealed.",
    "open": "It starts again by itself within a minute, while its window lasts.",
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
HISTORY_OF_WINS: Final = "Wins and stock over time"
OF_WINS: Final = "Wins"
OF_STOCK: Final = "Stock left, %"
NO_WIN: Final = "No win yet."
WINS_OVER_TIME: Final = "Wins in each span of time, {wins} in all, from {begin} to {end}"
STOCK_OVER_TIME: Final = "Stock left of each award, in percent, from {begin} to {end}"
FROM_NOW: Final = "Reckoned from the stock of now: a change of stock in between is not shown."
ESTIMATED: Final = "Estimated: {read} of {wins} orders were read. What is left now is exact."
NOT_DRAWN: Final = "Without a line: {names}."
TO_WINNERS: Final = "Look at the winners"
TO_WAITING: Final = "Look at prizes that are parked"
AWARD_TEXTS: Final = "Show what winners read"
TO_COUNTS: Final = "Look at the codes in its pools"
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
MOMENT: Final = (
    "A date, or a date and time, in the activity's time zone: 2027-03-01 18:30. The list has its times in that zone,"
    " and the file in UTC."
)
USER: Final = "User id"
SHOW: Final = "Show"
TURN: Final = "Through the list"
NEXT: Final = "Next page"
PREVIOUS: Final = "Previous page"
FIRST: Final = "First page"
WHOLE_UNTIL: Final = "Whole until {at:%Y-%m-%d %H:%M:%S} ({zone}): later wins may still be on their way."
CHOOSE_ACTIVITY: Final = "Choose an activity."
LOOKED_AT: Final = "These are those among {looked_at:,} winners that were looked at; the next page goes on behind them."
NO_SUCH_STATE: Final = "There is no state {state}: take one of {states}."
DOWNLOAD: Final = "Download all of them as CSV"
ROWS_WRITTEN: Final = "{rows:,} written …"
FILE_GONE: Final = "This file was fetched already, or it was not fetched in time. Ask for it on its page once more."
DRAWN: Final = "Drawn"
DETAILS: Final = "All that is on record, for engineers"
ORDERS_OF_USER: Final = "All draws of this user"
HISTORY: Final = "History"
BY: Final = "by {who}"
NO_ORDER_ACT: Final = "There is nothing for an operator to do now."
RELEASE: Final = "Release"
RETRY: Final = "Retry"
VOID: Final = "Void"
ASK_RELEASE: Final = "Hand this prize over?"
ASK_RETRY: Final = "Try to grant this prize again?"
ASK_VOID: Final = "Give this prize up, and its unit back to stock?"
CONTENT: Final = "Show the content"
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
NEVER_DREW: Final = "Nobody has drawn by this user id. It may be misspelt: capitals count."
FORGET: Final = "Forget"
NOTHING_TO_FORGET: Final = "There are no draws, quotas or parcels of this user id."
FORGET_HINT: Final = (
    "Erases this user's draws, quotas, parcels, and who owns which code. Where something waits, nothing is erased."
)
ASK_FORGET: Final = "Forget this user?"
GIVE_UP: Final = "Give up prizes that are not handed over; their units go back to stock"
NOT_ISSUED: Final = "I have asked the provider: it issued none of the coupons given up"
WHILE_OPEN: Final = "Also where draws may go on: there the user can start anew"
ALL_PARCELS: Final = "All activities with parcels"
PARCELS_NEW: Final = "New parcels of activity {activity_id}"
PARCELS_OF: Final = "Parcels of batch {batch}"
EXPORT: Final = "Export"
ASK_EXPORT: Final = "Write the addresses of the new parcels to a file?"
ADDRESSES_HINT: Final = "No page shows an address. A line in this console's log says that you asked for the file."
AGAIN: Final = "Write its file again"
ASK_AGAIN: Final = "Write the addresses of a batch to a file once more?"
BATCH: Final = "Batch"
CHOOSE_BATCH: Final = "Choose a batch."
MARK: Final = "Mark as shipped"
MARK_HINT: Final = (
    "The exported file, with carrier and tracking filled in, tells users that their parcels are on the way."
)
ASK_MARK: Final = "Mark the parcels of {name} as shipped?"
TOO_LARGE: Final = "This file is larger than {megabytes} MB: split it."
NO_ORDER_NUMBER: Final = "{order_id} is no order's number."

# How an order stands
STANDS_LOST: Final = "Nothing was won."
STANDS_NO_ADDRESS: Final = "It waits for the address of the winner, until {until}."
STANDS_UNCLAIMED: Final = "It waits until the winner claims it, at the latest at {until}."
STANDS_BY_HAND: Final = "It waits until somebody releases it."
STANDS_WAITING: Final = "It is on its way to the winner."
STANDS_FAILING: Final = "Handing it over failed, and is tried again by itself: {because}"
STANDS_PARKED: Final = "It is parked, and waits for somebody to retry or void it: {because}"
STANDS_VOID: Final = "It is void: the winner gets nothing."
STANDS_PARCEL: Final = "The address is there, and the parcel is not marked as sent yet: page Shipments."
STANDS_SHIPPED: Final = "The parcel has left."
STANDS_GRANTED: Final = "The winner has the prize."

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
NEXT_SUBMIT: Final = "It is a draft now: look at it, and submit it for approval."
APPLY_QUESTION: Final = "Apply {name} to activity {activity_id}?"
LOOK_AT: Final = "Look at activity {activity_id}"
SIMULATE: Final = "Simulate"
START: Final = "Start the simulation"
SIMULATED_DRAWS: Final = "Draws of all users together"
SIMULATED_USERS: Final = "Users who take turns"
FORECAST_TOLD: Final = (
    "Rate is the share of an award by its file. Chance is its share of the simulated draws: lower once it is sold out"
    " or while it is locked, and higher where the rest of a sold-out award goes to others, by strategy or as fallback."
)
PICTURE: Final = "Stock left and wins by award, over the simulated draws of activity {activity_id}"
FORECAST_LATE: Final = "The simulation did not end within {seconds} seconds: try fewer draws."
FORECAST_ENDED: Final = "The simulation ended without a result: is there enough memory for it?"

# Work of minutes
DONE_OF: Final = "{done:,} of {total:,}"
PROGRESS: Final = "Progress"
ENDED_AT: Final = "Ended at {at:%H:%M:%S %Z}."
GOES_ON: Final = "It goes on, whether this page is open or not, until it is done or the console ends."
STILL_RUNNING: Final = "{label} is still under way: wait until it has ended."
UNFORESEEN: Final = "It failed in a way that nobody foresaw ({kind}). The terminal of the console shows where."

# Waiting
WAITING_PAGE: Final = "Waiting"
LISTS: Final = "Lists"
VIEW_PARKED: Final = "Parked"
VIEW_BY_HAND: Final = "By hand"
VIEW_UNCLAIMED: Final = "Unclaimed"
VIEW_FAILING: Final = "Failing"
VIEW_OVERDUE: Final = "Overdue"
VIEW_UNREADABLE: Final = "Unreadable"
TOLD_PARKED: Final = (
    "Granting was given up until somebody looks: retry these prizes, or void them. A prize that is tried again leaves"
    " this list, and comes back within a minute if that fails."
)
TOLD_BY_HAND: Final = "These prizes are handed over once somebody releases them."
TOLD_UNCLAIMED: Final = (
    "Their users have neither claimed these prizes nor given an address. Each waits until its due time."
)
TOLD_FAILING: Final = "The last grant of these prizes failed. They are tried again by themselves."
TOLD_OVERDUE: Final = "These prizes are due for more than 5 minutes: something keeps compensation from them."
TOLD_UNREADABLE: Final = "Nobody here can read these items. They are tried again every ten minutes."
FILTER_AWARD: Final = "Award"
FILTER_REASON: Final = "A part of the reason"
CHOOSE_SOME: Final = "Choose rows to act on them, or act on the whole list."
ACT_CHOSEN: Final = "{act} the chosen {orders}"
ACT_LIST: Final = "{act} the whole list"
ASK_CHOSEN: Final = "{act} {orders}?"
ASK_LIST: Final = "{act} every prize of this list?"
CHOSEN_FILE: Final = "chosen.csv"
IN_THE_FILE: Final = "{file} has the columns user_id and order_id, and a line for each chosen row."

# Pools
POOLS: Final = "Pools"
COUNT: Final = "Count of the codes"
COUNT_AGAIN: Final = "Count again"
CODES: Final = "codes"
TO_POOLS: Final = "Import codes on the page Pools"
LINES: Final = "lines"
PARKED_ORDERS: Final = "parked orders"
IMPORT: Final = "Import codes"
POOL: Final = "Pool"
DROP_CODES: Final = "Drop a file of codes here, or choose one."
CODES_FORM: Final = "One code a line, or CSV with the header code or code,expires_at. No code is ever shown."
CODES_TOO_LARGE: Final = (
    "That file was not taken: it is larger than {size} MB. Import it with tombola codes import POOL FILE."
)
DROPPED: Final = "{name}, {size:,} bytes"
NO_SUCH_POOL: Final = "warning: no activity takes codes from pool {pool}"
NAME_A_POOL: Final = "Name the pool that the codes go to."
ASK_IMPORT: Final = "Import {name} into pool {pool}?"
RETRY_THEM: Final = "tick the box for them, or retry them on the page Waiting"
RETRY_THERE: Final = "retry them on the page Waiting"
RETRY_PARKED: Final = "Then let orders be tried again that are parked for want of a code of this pool."
NO_SHORTAGE: Final = (
    "Every pool has a code for each prize that can still be won, and no prize is parked for want of one."
)
PARKED_FOR: Final = (
    "pool {pool} had no code for {orders}, parked since: import codes, and tick the box that lets them be tried again"
)
OF_THE_ACTIVITY: Final = "activity {activity_id}: {words}"
GONE_FILE: Final = "The file is gone: another was dropped, or it was imported. Drop it again."

# Dead letters
DEAD_LETTERS: Final = "Dead letters"
TOLD_DEAD: Final = (
    "Messages that could not be worked on. Nothing is lost with them: the order on record has the truth, and"
    " compensation sends each prize that is due again. While this page looks, other receivers do not see them."
)
OF_KIND: Final = "Reason"
ANY_KIND: Final = "any"
ACT_SEND: Final = "Retry"
ACT_DROP: Final = "Drop"
LETTERS_CHOSEN: Final = "{act} the chosen {messages}"
LETTERS_LISTED: Final = "{act} the whole list"
ASK_LETTERS: Final = "{act} {messages}?"
ASK_LISTED: Final = "{act} every message of this list?"
LETTERS_GONE: Final = (
    "{count} of the messages are gone, or hidden by another receiver for some minutes: look again, to see which are"
    " there."
)

# Doctor
DOCTOR: Final = "Doctor"
TOLD_DOCTOR: Final = (
    "Looks at the stack from alarms to versions, and says of each part whether it is right, wrong, or whether only you"
    " can know."
)
CHECKS: Final = "checks"
EXAMINE: Final = "Examine the stack"
ASK_EXAMINE: Final = "Examine stack {stack}?"
PLAN_EXAMINE: Final = (
    "Reads settings, and draws once on an activity of its own, which is made for that and is no part of any campaign."
)

# Books
BOOKS: Final = "Books"
TOLD_BOOKS: Final = (
    "The auditor reads the whole table, and says of each promise whether it is kept. It is asked for, never run by"
    " itself: a scan costs money on AWS, and its verdict on a table at rest is the surest."
)
AUDIT: Final = "Audit the books"
ASK_AUDIT: Final = "Audit the books of stack {stack}?"
ITEMS: Final = "items"
