"""An activity file as an operator writes it, for the tests that apply one on a page."""

from pathlib import Path

FILE = """\
activity_id: {activity_id}
activity_name: <b>Spring</b>
activity_desc: a campaign that a test clicks through
creator: olga
time_zone: Europe/Berlin
begin: 2026-01-01
end: {end}
strategy: total
cap: {{ draws: 1000 }}
awards:
  - {{ award_id: 1, award_type: 1, award_name: Bike, award_content: SECRET-BIKE, rate: 0.5, stock: {bikes} }}
  - {{ award_id: 2, award_type: 1, award_name: Cap, award_content: SECRET-CAP, rate: 0.5, stock: 50 }}
"""


def campaign_file(folder: Path, activity_id: str, *, bikes: int = 10, end: str = "2035-12-31") -> Path:
    file = folder / f"{activity_id}.yaml"
    file.write_text(FILE.format(activity_id=activity_id, bikes=bikes, end=end))
    return file
