"""An activity file to begin with: small, complete, and open from today on."""

from datetime import date, timedelta

NAME = "my-campaign.yaml"
SPAN = timedelta(days=14)
SAMPLE = """\
# A campaign to begin with: change the texts, the dates and the awards, and apply it again.
activity_id: my-campaign # its name for ever: letters, digits, _ and -
activity_name: Spring raffle
activity_desc: A bike, caps and stickers for our customers
creator: marketing
time_zone: Europe/Berlin
begin: {begin}
end: {end}
strategy: single # each award has its own share of the draws, and the rest loses
quotas: {{ day: 1, activity: 10 }} # draws a user
cap: {{ draws: 100000 }} # draws of all users together
# award_type: 1 is a text, 2 a code of a pool, 3 a coupon of a provider, 4 a parcel. rate: 0.05 is 5 %.
awards:
  - {{ award_id: 1, award_type: 4, award_name: Bike, award_content: A city bike in red, rate: 0.001, stock: 3 }}
  - {{ award_id: 2, award_type: 4, award_name: Cap, award_content: A blue cap, rate: 0.05, stock: 500 }}
  - {{ award_id: 3, award_type: 1, award_name: Sticker, award_content: Show this in our shop, rate: 20 %, stock: 5000 }}
  # With a pool of codes (page Pools):
  # - {{ award_id: 4, award_type: 2, award_name: Voucher, pool: vouchers, rate: 1 %, stock: 100 }}
"""


def sample_file(today: date) -> str:
    """Return the text of the file, with a window that begins today."""
    return SAMPLE.format(begin=today, end=today + SPAN)
